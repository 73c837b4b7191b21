import { useMemo } from 'preact/hooks';
import { usePreferences } from '../../app/preferences';
import { statisticsOf } from '../../chart/series';
import { asFlag, asList, asObject, asText, type JsonObject } from '../../dashboard/json';
import { joinTimes, lastValue, type WidgetSeries } from '../../dashboard/series_data';
import { formatValue } from '../../format/units';
import { Table, type Column } from '../../parts/table';
import { formatMoment } from '../../time/format';

const SUMMARIES = ['MIN', 'MAX', 'AVG', 'SUM'] as const;
type Summary = (typeof SUMMARIES)[number];

function summaryOf(values: readonly (number | null)[], summary: Summary): number | null {
  const statistics = statisticsOf(values);
  return { MIN: statistics.min, MAX: statistics.max, AVG: statistics.avg, SUM: statistics.total }[summary];
}

function numberColumn<Row>(id: string, title: string, value: (row: Row) => number | null): Column<Row> {
  return { id, title, align: 'right', text: (row) => formatValue(value(row), 'plain'), value };
}

/** A row a series with its summaries, or (layout vertical, or data shown) a row a time. */
export function MetricTable({ label, series, properties }: { label: string; series: readonly WidgetSeries[]; properties: JsonObject }) {
  const options = asObject(properties['table']);
  const chosen = asList(options['summaryColumns']);
  const summaries = chosen.length > 0 ? SUMMARIES.filter((summary) => chosen.includes(summary)) : SUMMARIES;
  const showsTimes = asFlag(options['showTimeSeriesData']) || asText(options['layout']) === 'vertical';
  const columns = useMemo<Column<WidgetSeries>[]>(
    () => [
      { id: 'label', title: 'Label', text: (row) => row.label },
      ...summaries.map((summary) => numberColumn<WidgetSeries>(summary, summary, (row) => summaryOf(row.values, summary))),
      numberColumn<WidgetSeries>('last', 'LAST', (row) => lastValue(row.values)),
    ],
    [summaries.join()],
  );
  return (
    <div data-drawn={JSON.stringify({ kind: 'table', rows: series.length })}>
      <Table label={label} columns={columns} rows={series} keyOf={(_, i) => i} />
      {showsTimes && <ValueTable label={`${label} over time`} series={series} />}
    </div>
  );
}

interface TimeRow {
  timeMs: number;
  values: (number | null | undefined)[];
}

/** Every value, newest first. */
export function ValueTable({ label, series, maxHeight }: { label: string; series: readonly Pick<WidgetSeries, 'label' | 'timesMs' | 'values'>[]; maxHeight?: number }) {
  const { zone } = usePreferences();
  const rows = useMemo<TimeRow[]>(() => {
    const { timesMs, columns } = joinTimes(series);
    return timesMs.map((timeMs, i) => ({ timeMs, values: columns.map((column) => column[i]) })).reverse();
  }, [series]);
  const columns = useMemo<Column<TimeRow>[]>(
    () => [
      { id: 'time', title: 'Time', text: (row) => formatMoment(row.timeMs, zone), value: (row) => row.timeMs },
      ...series.map((one, i) => numberColumn<TimeRow>(`${i}`, one.label, (row) => row.values[i] ?? null)),
    ],
    [series, zone],
  );
  return <Table label={label} columns={columns} rows={rows} keyOf={(row) => row.timeMs} {...(maxHeight === undefined ? {} : { maxHeight })} />;
}
