import { useMemo } from 'preact/hooks';
import { useAnswer } from '../../api/use_answer';
import { usePreferences } from '../../app/preferences';
import { asFlag, asText, type JsonObject } from '../../dashboard/json';
import { askLogs, questionOf, type LogAnswer, type LogQuestion } from '../../dashboard/log_query';
import { shapeBars, shapeLines, shapePie, timeOf, type Bars as BarShape, type Cell } from '../../dashboard/log_shape';
import { MetricChart, type ChartLine } from '../../dashboard/metric_chart';
import { formatExact } from '../../format/units';
import { ProblemNotice } from '../../parts/notice';
import { Table, type Column } from '../../parts/table';
import { formatMoment } from '../../time/format';
import type { WidgetTime } from './metric_widget';
import { WidgetEmpty, WidgetNote } from './reasons';
import { Bars, Pie } from './shapes';

export function LogWidget({ properties, time }: { properties: JsonObject; time: WidgetTime }) {
  const question = questionOf(properties);
  if ('problem' in question) return <WidgetNote title="Not shown">{question.problem}</WidgetNote>;
  return <LogAnswerView properties={properties} question={question} time={time} />;
}

function LogAnswerView({ properties, question, time }: { properties: JsonObject; question: LogQuestion; time: WidgetTime }) {
  const { answer, problem } = useAnswer(`${JSON.stringify(question)}${time.key}`, (signal) => askLogs(question, time.span, signal));
  if (problem && !answer) {
    // AWS's words of a missing group name no way on.
    const next = problem.status === 404 && !problem.next && !problem.nextStep
      ? { nextStep: `Name a group that is there: aws logs describe-log-groups --endpoint-url ${location.origin} lists them.` }
      : {};
    return <ProblemNotice problem={{ ...problem, ...next }} />;
  }
  if (!answer) return <div class="widget-waiting" aria-busy="true" />;
  const notes = [...answer.warnings, ...(answer.isTruncated ? [`Only the first ${formatExact(answer.rows.length)} rows are shown.`] : [])];
  const isEmpty = answer.rows.length === 0;
  return (
    <>
      <div class="widget-view">
        {isEmpty ? (
          <WidgetEmpty title="No rows" series={[{ label: '', reasons: answer.emptyBecause }]} />
        ) : (
          <LogView properties={properties} answer={answer} time={time} />
        )}
      </div>
      {notes.length > 0 && (
        <details class="widget-notes" open={isEmpty}>
          <summary>{`${notes.length} ${notes.length === 1 ? 'message' : 'messages'}`}</summary>
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </details>
      )}
    </>
  );
}

function LogView({ properties, answer, time }: { properties: JsonObject; answer: LogAnswer; time: WidgetTime }) {
  const title = asText(properties['title']) ?? 'Log query';
  const view = asText(properties['view']) ?? 'table';
  const lines = useMemo(() => shapeLines(answer), [answer]);
  const bars = useMemo(() => shapeBars(answer), [answer]);
  const drawn = useMemo(() => ('shape' in lines ? lines.shape.series.map(({ label, values }) => ({ label, timesMs: lines.shape.timesMs, values })) : []), [lines]);
  const timed = useMemo(() => ('shape' in bars ? linesOfBars(bars.shape) : null), [bars]);
  if (view === 'pie') {
    const pie = shapePie(answer);
    return 'problem' in pie ? <WidgetNote title="No pie">{pie.problem}</WidgetNote> : <Pie label={title} parts={pie.shape} />;
  }
  if (view === 'bar') {
    if ('problem' in bars) return <WidgetNote title="No bars">{bars.problem}</WidgetNote>;
    if (timed) return <MetricChart label={title} lines={timed} span={time.span} kind="bars" onZoom={time.setSpan} />;
    const [first] = bars.shape.series;
    return <Bars label={title} parts={bars.shape.categories.map((category, i) => ({ label: category.label, value: first?.values[i] ?? 0 }))} />;
  }
  if (view === 'timeSeries') {
    if ('problem' in lines) return <WidgetNote title="No time series">{lines.problem}</WidgetNote>;
    return <MetricChart label={title} lines={drawn} span={time.span} kind={asFlag(properties['stacked']) ? 'area' : 'line'} onZoom={time.setSpan} />;
  }
  return <LogTable label={title} answer={answer} />;
}

function linesOfBars(shape: BarShape): ChartLine[] | null {
  const timesMs = shape.categories.map((category) => category.timeMs).filter((ms) => ms !== undefined);
  if (timesMs.length !== shape.categories.length) return null;
  return shape.series.map(({ label, values }) => ({ label, timesMs, values }));
}

function LogTable({ label, answer }: { label: string; answer: LogAnswer }) {
  const { zone } = usePreferences();
  const columns = useMemo<Column<Cell[]>[]>(
    () =>
      answer.columns.map(({ name, type }, i) => {
        const isNumber = type === 'integer' || type === 'number';
        const text = (row: Cell[]): string => {
          const cell = row[i];
          if (cell === null || cell === undefined) return '–';
          const ms = type === 'time' ? timeOf(cell) : undefined;
          if (ms !== undefined) return formatMoment(ms, zone);
          return isNumber && typeof cell !== 'boolean' ? formatExact(cell) : String(cell);
        };
        return { id: `${i}`, title: name, text, value: (row) => row[i], ...(isNumber ? { align: 'right' as const } : {}), isMono: type === 'address' };
      }),
    [answer, zone],
  );
  return (
    <div class="widget-table" data-drawn={JSON.stringify({ kind: 'table', rows: answer.rows.length })}>
      <Table label={label} columns={columns} rows={answer.rows} keyOf={(_, i) => i} />
    </div>
  );
}
