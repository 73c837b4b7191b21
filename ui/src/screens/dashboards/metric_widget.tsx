import { useMemo } from 'preact/hooks';
import { get, route } from '../../api/client';
import { useAnswer, type Loaded } from '../../api/use_answer';
import { bandsOf, lineOfBand } from '../../alarm/band';
import { widgetOfAlarm } from '../../alarm/widget';
import { alarmAnnotations, horizontalAnnotations, verticalAnnotations } from '../../dashboard/annotations';
import { askMetrics, type MetricAnswer } from '../../dashboard/api';
import { asFlag, asList, asNumber, asObject, asText, type JsonObject } from '../../dashboard/json';
import { MetricChart, type ChartLine } from '../../dashboard/metric_chart';
import { viewOf, widgetQueries, type WidgetQueries } from '../../dashboard/metric_queries';
import { lastValue, type WidgetSeries } from '../../dashboard/series_data';
import { ProblemNotice } from '../../parts/notice';
import { statisticsOf } from '../../chart/series';
import { formatExact, formatValue } from '../../format/units';
import type { Span } from '../../time/range';
import { MetricTable } from './metric_table';
import { WidgetEmpty, WidgetNote } from './reasons';
import { Bars, Gauge, Pie, Sparkline, type Part } from './shapes';

export interface WidgetTime {
  span: Span;
  key: string;
  override: 'auto' | 'inherit';
  setSpan: (span: Span) => void;
}

const NO_QUERIES: WidgetQueries = { calls: [], plans: [], periodS: 300 };

export function useMetrics(properties: JsonObject | null, time: WidgetTime): { wanted: WidgetQueries; loaded: Loaded<MetricAnswer> } {
  const text = properties === null ? null : JSON.stringify(properties);
  const wanted = useMemo(
    () => (properties === null ? NO_QUERIES : widgetQueries(properties, time.override, time.span, Date.now())),
    [text, time.key, time.override],
  );
  const key = wanted.calls.length === 0 ? null : `${text}${time.key}${time.override}`;
  return { wanted, loaded: useAnswer(key, (signal) => askMetrics(wanted, time.span, signal)) };
}

/** An alarm named by a widget's annotations gives its threshold, and its series where the widget has none. */
function withAlarm(properties: JsonObject, alarm: JsonObject | null): JsonObject {
  const graph = alarm === null ? null : widgetOfAlarm(alarm, asText(properties['region']));
  if (graph === null) return properties;
  const own = asObject(properties['annotations']);
  const threshold = asList(asObject(graph['annotations'])['horizontal']);
  const hasMetrics = asList(properties['metrics']).length > 0;
  return {
    ...graph,
    ...properties,
    ...(hasMetrics ? {} : { metrics: graph['metrics'], period: graph['period'] }),
    annotations: { ...own, horizontal: [...asList(own['horizontal']), ...threshold] },
  };
}

export function MetricWidget({ properties, time }: { properties: JsonObject; time: WidgetTime }) {
  const [alarm] = useMemo(() => alarmAnnotations(properties), [properties]);
  const { answer: alarmAnswer, problem: alarmProblem } = useAnswer(alarm ? `${alarm.name} ${alarm.region} ${time.key}` : null, (signal) =>
    get<{ alarm: JsonObject }>(route('/alarms', alarm!.name), { region: alarm!.region }, signal),
  );
  const shown = useMemo(() => withAlarm(properties, alarmAnswer?.alarm ?? null), [properties, alarmAnswer]);
  const isWaiting = alarm !== undefined && alarmAnswer === null && alarmProblem === null;
  const { wanted, loaded } = useMetrics(isWaiting ? null : shown, time);
  if (alarmProblem && wanted.calls.length === 0) return <ProblemNotice problem={alarmProblem} />;
  if (!isWaiting && wanted.calls.length === 0) {
    return <WidgetNote title="No metrics">The widget names no metric yet. Edit it to choose some.</WidgetNote>;
  }
  if (loaded.problem && !loaded.answer) return <ProblemNotice problem={loaded.problem} />;
  if (!loaded.answer) return <div class="widget-waiting" aria-busy="true" />;
  return <MetricView properties={shown} answer={loaded.answer} time={time} periodS={wanted.periodS} />;
}

interface ViewProps {
  properties: JsonObject;
  answer: MetricAnswer;
  time: WidgetTime;
  periodS: number;
}

function linesOf(series: readonly WidgetSeries[]): ChartLine[] {
  const bands = bandsOf(series);
  const edges = new Set(bands.flatMap(({ upper, lower }) => [upper, lower]));
  const lines = series.filter((one) => !edges.has(one));
  return [...lines.map(({ label, timesMs, values, lows, highs, plan }) => ({ label, timesMs, values, lows, highs, color: plan.color, axis: plan.axis })), ...bands.map(lineOfBand)];
}

function partsOf(series: readonly WidgetSeries[]): Part[] {
  return series.flatMap(({ label, values, plan }) => {
    const value = lastValue(values);
    return value === null ? [] : [{ label, value, color: plan.color }];
  });
}

function axisOf(properties: JsonObject, side: 'left' | 'right') {
  const axis = asObject(asObject(properties['yAxis'])[side]);
  return { min: asNumber(axis['min']), max: asNumber(axis['max']), label: asText(axis['label']) };
}

function legendOf(properties: JsonObject): 'bottom' | 'right' | 'hidden' {
  const position = asObject(properties['legend'])['position'];
  return position === 'right' || position === 'hidden' ? position : 'bottom';
}

export function MetricView({ properties, answer, time }: ViewProps) {
  const { series, empty, messages } = answer;
  const title = asText(properties['title']) ?? 'Metrics';
  const lines = useMemo(() => linesOf(series), [answer]);
  const horizontal = useMemo(() => horizontalAnnotations(properties), [properties]);
  const vertical = useMemo(() => verticalAnnotations(properties), [properties]);
  if (series.length === 0) return <WidgetEmpty title="No data" series={empty} />;
  return (
    <>
      <div class="widget-view">{drawView(viewOf(properties))}</div>
      {(empty.length > 0 || messages.length > 0) && (
        <details class="widget-notes">
          <summary>{notesTitle(empty.length, messages.length)}</summary>
          {messages.map((message) => (
            <p key={message}>{message}</p>
          ))}
          {empty.length > 0 && <WidgetEmpty title="Without data" series={empty} />}
        </details>
      )}
    </>
  );

  function drawView(view: string) {
    switch (view) {
      case 'singleValue':
      case 'number':
        return <SingleValues series={series} properties={properties} />;
      case 'gauge': {
        const { min = 0, max = 100 } = axisOf(properties, 'left');
        return (
          <div class="gauges">
            {partsOf(series).map((part) => (
              <Gauge key={part.label} part={part} min={min} max={max} />
            ))}
          </div>
        );
      }
      case 'bar':
        return <Bars label={title} parts={partsOf(series)} />;
      case 'pie':
        return <Pie label={title} parts={partsOf(series)} />;
      case 'table':
        return <MetricTable label={title} series={series} properties={properties} />;
      default:
        return (
          <MetricChart
            label={title}
            lines={lines}
            span={time.span}
            kind={asFlag(properties['stacked']) ? 'area' : 'line'}
            left={axisOf(properties, 'left')}
            right={axisOf(properties, 'right')}
            horizontal={horizontal}
            vertical={vertical}
            legend={legendOf(properties)}
            onZoom={time.setSpan}
          />
        );
    }
  }
}

function notesTitle(empty: number, messages: number): string {
  const parts = [];
  if (empty > 0) parts.push(`${empty} ${empty === 1 ? 'series has' : 'series have'} no data`);
  if (messages > 0) parts.push(`${messages} ${messages === 1 ? 'message' : 'messages'}`);
  return parts.join(', ');
}

function SingleValues({ series, properties }: { series: readonly WidgetSeries[]; properties: JsonObject }) {
  const isFull = asFlag(properties['singleValueFullPrecision']);
  const hasLine = asFlag(properties['sparkline']);
  return (
    <div class="single-values">
      {series.map(({ label, values, plan }, i) => {
        const value = lastValue(values);
        const { min, max } = statisticsOf(values);
        return (
          <figure key={`${label}-${i}`} data-drawn={JSON.stringify({ kind: 'singleValue', label, value })}>
            <strong style={plan.color === undefined ? undefined : { color: plan.color }} title={value === null ? '' : formatExact(value)}>
              {value === null ? '–' : isFull ? formatExact(value) : formatValue(value, 'plain')}
            </strong>
            <figcaption class="legend-label" title={label}>
              {label}
            </figcaption>
            {hasLine && <Sparkline values={values} index={i} />}
            {hasLine && min !== null && max !== null && (
              <small class="muted">
                {formatValue(min, 'plain')} – {formatValue(max, 'plain')}
              </small>
            )}
          </figure>
        );
      })}
    </div>
  );
}
