import { useMemo } from 'preact/hooks';
import type { SeriesStatistics } from '../../api/types';
import { seriesClass } from '../../chart/palette';
import { Sparkline } from '../../chart/sparkline';
import type { Unit } from '../../format/units';
import { formatPercent, formatValue } from '../../format/units';
import type { Column } from '../../parts/table';
import { Table } from '../../parts/table';
import { columnWidth } from '../../parts/table_model';
import type { Mark, TableRow } from './explore_state';

interface SeriesTableProps {
  rows: readonly TableRow[];
  by: readonly string[];
  unit: Unit;
  total: SeriesStatistics | null;
  previousIsShown: boolean;
  isCompact?: boolean;
  onMark: (mark: Mark) => void;
}

/** Every series in numbers; under a chart it is the legend. */
export function SeriesTable({ rows, by, unit, total, previousIsShown, isCompact, onMark }: SeriesTableProps) {
  const columns = useMemo((): Array<Column<TableRow>> => {
    const number = (id: keyof SeriesStatistics & ('total' | 'avg' | 'min' | 'max' | 'p95' | 'last'), title: string, hint: string): Column<TableRow> => ({
      id, title, hint, align: 'right', width: 92, text: (row) => formatValue(row[id], unit), value: (row) => row[id],
    });
    const colorOf = (row: TableRow) => (row.key === null ? 'series-other' : seriesClass(rows.indexOf(row)));
    return [
      {
        id: 'label', title: by.join(' → ') || 'Series', isMono: true, grows: true, width: columnWidth(by.join(' → '), rows.map((row) => row.label), true) + 20, text: (row) => row.label,
        draw: (row) => <span class="series-name"><i class={`swatch ${colorOf(row)}`} aria-hidden="true" />{row.label}</span>,
      },
      number('total', 'Total', 'Sum over the time shown'),
      { id: 'share', title: 'Share', hint: 'Of everything that the filter lets through', align: 'right', width: 72, text: (row) => (row.share === null ? '–' : formatPercent(row.share)), value: (row) => row.share },
      ...(isCompact ? [] : [{ id: 'shape', title: 'Shape', width: 130, text: () => '', value: (row: TableRow) => row.total, draw: (row: TableRow) => <Sparkline values={row.values} class={colorOf(row)} /> }]),
      number('avg', 'Average', 'Mean of the steps that have records'),
      number('min', 'Min', 'Smallest step'),
      number('max', 'Max', 'Largest step'),
      number('p95', 'p95', '95th percentile of the steps'),
      number('last', 'Last', 'The last step with records'),
    ];
  }, [rows, by.join(), unit, isCompact]);
  return (
    <div class="series-table">
      <Table
        label="Series in numbers"
        columns={columns}
        rows={rows}
        maxHeight={isCompact ? 340 : 640}
        keyOf={(row) => `${row.key === null}${row.label}`}
        onRow={(row) => onMark({ label: row.label, key: row.key, timeMs: null })}
      />
      {total && by.length > 0 && (
        <p class="muted small series-total">
          All: {formatValue(total.total, unit)}, average {formatValue(total.avg, unit)} and at most {formatValue(total.max, unit)} a step.
          {previousIsShown && ' The dashed line is the period before.'}
        </p>
      )}
    </div>
  );
}
