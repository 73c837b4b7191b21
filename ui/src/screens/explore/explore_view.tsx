import { lazily } from '../../parts/lazily';
import { useMemo } from 'preact/hooks';
import type { ExploreAnswer } from '../../api/types';
import { usePageTime } from '../../app/time';
import { HeatMap } from '../../chart/heat_map';
import { alignPrevious } from '../../chart/series';
import type { ChartSeries } from '../../chart/time_chart';
import { TimeChart } from '../../chart/time_chart';
import { Button } from '../../parts/button';
import { EmptyState } from '../../parts/notice';
import { previousSpan } from '../../time/range';
import type { ExploreState, Mark, TableRow } from './explore_state';
import { sankeyLinks, uniqueLabels, unitOf } from './explore_state';
import { SeriesTable } from './series_table';

const Sankey = lazily(() => import('../../chart/sankey'));

const EMPTY_TIMES: number[] = [];
const CHART_HEIGHT = 340;

interface ExploreViewProps {
  answer: ExploreAnswer | null;
  state: ExploreState;
  rows: readonly TableRow[];
  title: string;
  onMark: (mark: Mark | null) => void;
  onAddField: (field: string) => void;
  onPicture: (draw: (() => Promise<Blob | null>) | null) => void;
}

/** The answer as lines, a stack, a heat map, bands or numbers. */
export function ExploreView({ answer, state, rows, title, onMark, onAddField, onPicture }: ExploreViewProps) {
  const time = usePageTime();
  const unit = unitOf(state.metric);
  const isStacked = state.view === 'stacked';
  const labels = useMemo(() => uniqueLabels(answer?.series ?? []), [answer]);
  const series = useMemo((): ChartSeries[] => {
    if (!answer) return [];
    const own: ChartSeries[] = state.by.length === 0
      ? [{ label: 'All', values: answer.total.values, color: 0, style: 'area' }]
      : answer.series.map((one, index) => ({ label: labels[index]!, values: one.values, color: index }));
    if (answer.other && state.by.length > 0) own.push({ label: 'Other', values: answer.other.values, color: 'other' });
    if (answer.previous) {
      const sinceMs = answer.timesMs[0] ?? time.span.sinceMs;
      own.push({
        label: 'All, previous period', isBehind: true, color: 'previous',
        values: alignPrevious(answer.timesMs, answer.stepMs, { sinceMs, values: answer.previous.values }, sinceMs),
      });
    }
    return own;
  }, [answer, labels, state.by.length]);
  const markOf = (index: number, timeMs: number | null): Mark | null => {
    const label = series[index]?.label ?? '';
    if (label === 'All, previous period' && answer?.previous) {
      const before = previousSpan(time.span);
      return { label, key: null, timeMs: timeMs === null ? null : timeMs - (time.span.sinceMs - before.sinceMs) };
    }
    return { label, key: state.by.length === 0 ? [] : answer?.series[index]?.key ?? null, timeMs };
  };
  switch (state.view) {
    case 'line':
    case 'stacked':
      return (
        <>
          <TimeChart
            key={state.view}
            label={title}
            kind={isStacked ? 'stacked' : 'line'}
            timesMs={answer?.timesMs ?? EMPTY_TIMES}
            series={series}
            span={time.span}
            unit={unit}
            height={CHART_HEIGHT}
            legend="none"
            onZoom={time.setSpan}
            onPick={(index, timeMs) => onMark(markOf(index, timeMs))}
            handle={(handle) => onPicture(handle ? handle.picture : null)}
          />
          <SeriesTable rows={rows} by={state.by} unit={unit} previousIsShown={answer?.previous !== null && answer?.previous !== undefined} total={answer?.total ?? null} onMark={onMark} isCompact />
        </>
      );
    case 'heat':
      return (
        <HeatMap
          label={title}
          timesMs={answer?.timesMs ?? EMPTY_TIMES}
          stepMs={answer?.stepMs ?? 60_000}
          span={time.span}
          unit={unit}
          rows={series.filter((one) => !one.isBehind)}
          onZoom={time.setSpan}
          onPick={(index, timeMs) => onMark(markOf(index, timeMs))}
          handle={onPicture}
        />
      );
    case 'sankey': {
      if (state.by.length < 2) {
        const wanted = ['dstaddr', 'dstport', 'srcaddr'].find((field) => !state.by.includes(field)) ?? 'action';
        return (
          <EmptyState title="A sankey needs two fields or more" causes={[{ cause: `It draws bands from the values of one field to those of the next; now it is grouped by ${state.by[0] ?? 'nothing'}.`, next: '' }]}>
            <Button icon="plus" onClick={() => onAddField(wanted)}>Group by {wanted} as well</Button>
          </EmptyState>
        );
      }
      const links = answer ? sankeyLinks(answer) : [];
      return (
        <Sankey
          label={title}
          links={links}
          fields={state.by}
          unit={unit}
          handle={onPicture}
          onPick={(parts) => {
            // The values themselves, since labels are made for people.
            const key = answer?.series.find((one) => parts.every((part) => uniqueLabels([{ key: [one.key[state.by.indexOf(part.field)] ?? null] }])[0] === part.label))?.key;
            if (!key) return;
            onMark({ label: parts.map((part) => part.label).join(' → '), key: key.filter((_, index) => parts.some((part) => state.by[index] === part.field)), timeMs: null, fields: parts.map((part) => part.field) });
          }}
        />
      );
    }
    case 'table':
      return <SeriesTable rows={rows} by={state.by} unit={unit} previousIsShown={false} total={answer?.total ?? null} onMark={onMark} />;
  }
}
