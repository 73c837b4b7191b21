import { useMemo } from 'preact/hooks';
import { usePageTime } from '../../app/time';
import type { ChartSeries } from '../../chart/time_chart';
import { TimeChart } from '../../chart/time_chart';
import { formatExact, formatValue } from '../../format/units';
import type { Unit } from '../../format/units';
import { EmptyState } from '../../parts/notice';
import type { ResultCell, ResultColumn } from '../../query/result';
import { barsOfResult, seriesOfResult } from '../../query/result';

interface ResultChartProps {
  columns: readonly ResultColumn[];
  rows: readonly ResultCell[][];
  onPicture: (draw: (() => Promise<Blob | null>) | null) => void;
}

const unitFor = (name: string): Unit => (/bytes/i.test(name) ? 'bytes' : 'count');

/** Lines where there is a time, bars where there is a name and an amount. */
export function ResultChart({ columns, rows, onPicture }: ResultChartProps) {
  const time = usePageTime();
  const shaped = useMemo(() => seriesOfResult(columns, rows), [columns, rows]);
  const bars = useMemo(() => (shaped ? null : barsOfResult(columns, rows)), [shaped, columns, rows]);
  const series = useMemo((): ChartSeries[] => shaped?.series.map((one, index) => ({ label: one.label, values: one.values, color: index })) ?? [], [shaped]);
  if (rows.length === 0) return <div class="result-wait" />;
  if (shaped) {
    const amount = columns.find((column) => (column.type === 'integer' || column.type === 'number') && !/port$/i.test(column.name))?.name ?? '';
    return (
      <>
        <TimeChart label="Result over time" timesMs={shaped.timesMs} series={series} span={time.span} unit={unitFor(amount)} height={340} onZoom={time.setSpan} handle={(handle) => onPicture(handle ? handle.picture : null)} />
        {shaped.omitted > 0 && <p class="muted small">{shaped.omitted} smaller series are left out; the table has all.</p>}
      </>
    );
  }
  if (bars) {
    const highest = Math.max(1, ...bars.bars.map((bar) => bar.value));
    return (
      <>
        <ol class="bar-list result-bars" aria-label={bars.name}>
          {bars.bars.map((bar, index) => (
            <li key={`${index}${bar.label}`} title={`${bar.label}: ${formatExact(bar.value)}`}>
              <span class="amount-bar" style={{ width: `${(Math.max(bar.value, 0) / highest) * 100}%` }} />
              <span class="mono bar-label">{bar.label}</span>
              <b>{formatValue(bar.value, unitFor(bars.name))}</b>
            </li>
          ))}
        </ol>
        {bars.omitted > 0 && <p class="muted small">{bars.omitted} more rows in the table.</p>}
      </>
    );
  }
  return (
    <EmptyState
      title="These rows make no chart"
      causes={[{ cause: 'A chart needs a number, and a time or a name to draw it by.', next: 'For example: stats sum(bytes) by bin(5m), or stats count(*) as n by srcaddr.' }]}
    />
  );
}
