import { get } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { usePageTime } from '../../app/time';
import { alignPrevious } from '../../chart/series';
import type { ChartSeries } from '../../chart/time_chart';
import { TimeChart } from '../../chart/time_chart';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import type { EmptyCause } from '../../api/types';

interface OverviewAnswer {
  timesMs: number[];
  stepMs: number;
  bytes: Array<number | null>;
  previous: { bytes: Array<number | null> } | null;
  emptyBecause: EmptyCause[];
}

export default function Overview() {
  const time = usePageTime();
  const { answer, problem, isLoading } = useAnswer<OverviewAnswer>(time.key, (signal) =>
    get('/overview', { since: time.span.sinceMs, until: time.span.untilMs, points: 240 }, signal));
  if (problem && !answer) return <ProblemNotice problem={problem} />;
  const series: ChartSeries[] = answer ? [{ label: 'Bytes', values: answer.bytes, color: 0, style: 'area' }] : [];
  if (answer?.previous && time.isCompared) {
    const sinceMs = answer.timesMs[0] ?? time.span.sinceMs;
    series.push({ label: 'Bytes before', isBehind: true, color: 'previous', values: alignPrevious(answer.timesMs, answer.stepMs, { sinceMs, values: answer.previous.bytes }, sinceMs) });
  }
  return (
    <Panel title="Bytes" isLoading={isLoading}>
      {answer && answer.emptyBecause.length > 0
        ? <EmptyState title="No flows in this time" causes={answer.emptyBecause} />
        : <TimeChart label="Bytes over time" timesMs={answer?.timesMs ?? []} series={series} span={time.span} unit="bytes" onZoom={time.setSpan} />}
    </Panel>
  );
}
