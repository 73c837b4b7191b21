import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { SortOrder, SortValue } from './table_model';
import { cappedWidths, columnWidth, sortedIndices, visibleWindow } from './table_model';

export interface Column<Row> {
  id: string;
  title: string;
  align?: 'left' | 'right';
  isMono?: boolean;
  hint?: string;
  /** What the cell says as text; also its title and what widths are measured by. */
  text: (row: Row) => string;
  /** What sorting compares; without it the text. */
  value?: (row: Row) => SortValue;
  draw?: (row: Row) => ComponentChildren;
  width?: number;
  /** Takes what is left of the width; without such a column all share it. */
  grows?: boolean;
}

interface TableProps<Row> {
  label: string;
  columns: ReadonlyArray<Column<Row>>;
  rows: readonly Row[];
  keyOf?: (row: Row, index: number) => string | number;
  order?: SortOrder | null;
  isSortable?: boolean;
  maxHeight?: number;
  onRow?: (row: Row) => void;
  isChosen?: (row: Row) => boolean;
  classOf?: (row: Row) => string;
  onEnd?: () => void;
}

const ROW_HEIGHT = 28;
const LEAST_GROWN = 240;

/** Draws the rows in view alone; a click on a heading sorts, the third click gives the order of the data back. */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, keyOf, isSortable = true, maxHeight = 520, onRow, isChosen, classOf, onEnd } = props;
  const [order, setOrder] = useState<SortOrder | null>(props.order ?? null);
  const [scroll, setScroll] = useState({ top: 0, height: maxHeight });
  const [boxWidth, setBoxWidth] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const hasOrder = order !== null && order.column < columns.length;
  const indices = useMemo(() => {
    if (!hasOrder) return null;
    const column = columns[order.column]!;
    const value = column.value ?? column.text;
    return sortedIndices(rows.length, (row) => value(rows[row]!), order.isDescending);
  }, [rows, order, columns]);
  const wanted = useMemo(
    () => columns.map((column) => column.width ?? columnWidth(column.title, rows.slice(0, 150).map(column.text), column.isMono)),
    [columns, rows.length === 0, rows[0]],
  );
  const widths = cappedWidths(wanted, boxWidth);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => setBoxWidth(box.current?.clientWidth ?? 0));
    setBoxWidth(box.current!.clientWidth);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (element && element.clientHeight !== scroll.height) setScroll((before) => ({ ...before, height: element.clientHeight }));
  });
  useEffect(() => {
    if (onEnd && box.current && scroll.top + scroll.height > rows.length * ROW_HEIGHT - 400) onEnd();
  }, [scroll.top, rows.length]);
  const view = visibleWindow(rows.length, ROW_HEIGHT, scroll.top, scroll.height);
  const shown = Array.from({ length: Math.max(view.end - view.first, 0) }, (_, offset) => {
    const position = view.first + offset;
    const index = indices ? indices[position]! : position;
    return { position, index, row: rows[index]! };
  });
  const sortBy = (column: number) => {
    const startsDescending = columns[column]?.align === 'right';
    if (order?.column !== column) setOrder({ column, isDescending: startsDescending });
    else if (order.isDescending === startsDescending) setOrder({ column, isDescending: !startsDescending });
    else setOrder(null);
  };
  const fullWidth = widths.reduce((sum, width, index) => sum + (columns[index]!.grows ? Math.min(width, LEAST_GROWN) : width), 0);
  return (
    <div
      class="table-box"
      ref={box}
      tabIndex={0}
      role="region"
      aria-label={label}
      style={{ maxHeight: `${maxHeight}px` }}
      onScroll={(event) => setScroll({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
    >
      <table class="table" aria-rowcount={rows.length + 1} style={{ minWidth: `${fullWidth}px` }}>
        <colgroup>{columns.map((column, index) => <col key={column.id} style={{ width: column.grows ? 'auto' : `${widths[index]}px` }} />)}</colgroup>
        <thead>
          <tr>
            {columns.map((column, index) => {
              const direction = order?.column === index ? (order.isDescending ? 'descending' : 'ascending') : undefined;
              return (
                <th key={column.id} scope="col" class={column.align} aria-sort={direction} title={column.hint}>
                  {isSortable && column.title !== ''
                    ? <button type="button" onClick={() => sortBy(index)}>{column.title}<i class={direction} aria-hidden="true" /></button>
                    : column.title}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {view.aboveHeight > 0 && <tr class="spacer" style={{ height: `${view.aboveHeight}px` }}><td colSpan={columns.length} /></tr>}
          {shown.map(({ position, index, row }) => (
            <tr
              key={keyOf ? keyOf(row, index) : index}
              aria-rowindex={position + 2}
              class={[onRow ? 'opens' : '', isChosen?.(row) ? 'chosen' : '', classOf?.(row) ?? ''].join(' ').trim() || undefined}
              tabIndex={onRow ? 0 : undefined}
              onClick={onRow && ((event) => {
                if (!(event.target as Element).closest('a, button')) onRow(row);
              })}
              onKeyDown={onRow && ((event) => {
                if (event.key === 'Enter' && event.target === event.currentTarget) onRow(row);
                if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
                  const sibling = event.key === 'ArrowDown' ? event.currentTarget.nextElementSibling : event.currentTarget.previousElementSibling;
                  if (sibling instanceof HTMLElement && sibling.tabIndex >= 0) {
                    event.preventDefault();
                    sibling.focus();
                  }
                }
              })}
            >
              {columns.map((column) => {
                const text = column.text(row);
                return (
                  <td key={column.id} class={`${column.align ?? ''}${column.isMono ? ' mono' : ''}`.trim() || undefined} title={text.length > 12 ? text : undefined}>
                    {column.draw ? column.draw(row) : text}
                  </td>
                );
              })}
            </tr>
          ))}
          {view.belowHeight > 0 && <tr class="spacer" style={{ height: `${view.belowHeight}px` }}><td colSpan={columns.length} /></tr>}
        </tbody>
      </table>
    </div>
  );
}
