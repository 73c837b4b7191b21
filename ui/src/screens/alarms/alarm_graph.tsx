import { useMemo } from 'preact/hooks';
import { usePageTime } from '../../app/time';
import { bandBreaches, bandsOf, lineOfBand } from '../../alarm/band';
import { breachingIntervals } from '../../alarm/breaches';
import { widgetOfAlarm } from '../../alarm/widget';
import { horizontalAnnotations } from '../../dashboard/annotations';
import { asNumber, asText, type JsonObject } from '../../dashboard/json';
import { MetricChart } from '../../dashboard/metric_chart';
import { ProblemNotice } from '../../parts/notice';
import { formatLength } from '../../time/format';
import { useMetrics } from '../dashboards/metric_widget';
import { WidgetEmpty } from '../dashboards/reasons';

/** The series of an alarm, its threshold, and where one lies beyond the other. The period is the alarm's own. */
export function AlarmGraph({ alarm, region }: { alarm: JsonObject; region: string | undefined }) {
  const pageTime = usePageTime();
  const text = JSON.stringify(alarm);
  const graph = useMemo(() => widgetOfAlarm(alarm, region), [text, region]);
  const { loaded } = useMetrics(graph, { span: pageTime.span, key: pageTime.key, override: 'auto', setSpan: pageTime.setSpan });
  const horizontal = useMemo(() => (graph ? horizontalAnnotations(graph) : []), [graph]);
  const series = loaded.answer?.series ?? [];
  const bands = useMemo(() => bandsOf(series), [loaded.answer]);
  const edges = new Set(bands.flatMap(({ upper, lower }) => [upper, lower]));
  const watched = series.filter((one) => !edges.has(one));
  const lines = useMemo(
    () => [...watched.map(({ label, timesMs, values, lows, highs }) => ({ label, timesMs, values, lows, highs })), ...bands.map(lineOfBand)],
    [loaded.answer],
  );
  const threshold = asNumber(alarm['Threshold']);
  const comparison = asText(alarm['ComparisonOperator']) ?? '';
  const band = bands[0] && lineOfBand(bands[0]);
  const breaches = useMemo(
    () =>
      threshold !== undefined
        ? watched.flatMap((one) => breachingIntervals(one.timesMs, one.values, one.stepMs, comparison, threshold))
        : band
          ? watched.flatMap((one) => bandBreaches(one.timesMs, one.values, one.stepMs, comparison, band))
          : [],
    [loaded.answer, threshold, comparison],
  );
  const bound = threshold === undefined ? 'band' : 'threshold';
  // The picture before would be of another alarm than the one that is refused.
  if (loaded.problem) return <ProblemNotice problem={loaded.problem} />;
  if (!loaded.answer) return <div class="alarm-graph widget-waiting" aria-busy="true" />;
  if (series.length === 0) return <WidgetEmpty title="No data" series={loaded.answer.empty} />;
  const breachingMs = breaches.reduce((sum, one) => sum + one.untilMs - one.fromMs, 0);
  return (
    <>
      <div class="alarm-graph" data-breaches={breaches.length}>
        <MetricChart label={asText(alarm['AlarmName']) ?? 'Alarm'} lines={lines} span={pageTime.span} horizontal={horizontal} breaches={breaches} onZoom={pageTime.setSpan} />
      </div>
      {(threshold !== undefined || band) && (
        <p class="muted">
          {breaches.length === 0
            ? `No period of this range breaches the ${bound}.`
            : `${breaches.length} ${breaches.length === 1 ? 'interval breaches' : 'intervals breach'} the ${bound}, ${formatLength(breachingMs)} in all.`}
        </p>
      )}
    </>
  );
}
