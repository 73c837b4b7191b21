import { useMemo } from 'preact/hooks';
import { usePreferences } from '../../app/preferences';
import { formatExact } from '../../format/units';
import type { Column } from '../../parts/table';
import { Table } from '../../parts/table';
import type { ResultCell, ResultColumn } from '../../query/result';
import { numberOf } from '../../query/result';
import { formatMoment } from '../../time/format';
import type { Zone } from '../../time/range';

export function cellText(cell: ResultCell | undefined, type: string, zone: Zone): string {
  if (cell === null || cell === undefined) return '';
  if (type === 'time') {
    const ms = numberOf(cell);
    return ms === null ? String(cell) : formatMoment(ms, zone);
  }
  if (typeof cell === 'number') return formatExact(cell);
  return String(cell);
}

export function ResultTable({ columns, rows }: { columns: readonly ResultColumn[]; rows: readonly ResultCell[][] }) {
  const { zone } = usePreferences();
  const shown = useMemo(() => columns.map((column, index): Column<ResultCell[]> => {
    const isNumber = column.type === 'integer' || column.type === 'number';
    const isPort = /port$/i.test(column.name);
    return {
      id: String(index), title: column.name, hint: column.type, isMono: true, align: isNumber ? 'right' : 'left',
      // Ports and the like are names, not amounts: no digit groups.
      text: (row) => (isPort ? String(row[index] ?? '') : cellText(row[index], column.type, zone)),
      value: (row) => (isNumber || column.type === 'time' ? numberOf(row[index]) : row[index]),
    };
  }), [columns, zone]);
  if (columns.length === 0) return <div class="result-wait" />;
  return <Table label="Result" columns={shown} rows={rows} maxHeight={560} />;
}
