// What the table computes: order and the rows to draw.

export type SortValue = string | number | boolean | null | undefined;

export interface SortOrder {
  column: number;
  isDescending: boolean;
}

const collator = new Intl.Collator('en', { numeric: true });

/** Absent values last in either direction; addresses and names with numbers in the order people expect. */
export function compareValues(a: SortValue, b: SortValue, isDescending: boolean): number {
  const aIsAbsent = a === null || a === undefined || a === '';
  const bIsAbsent = b === null || b === undefined || b === '';
  if (aIsAbsent || bIsAbsent) return Number(aIsAbsent) - Number(bIsAbsent);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return isDescending ? -order : order;
}

export function sortedIndices(count: number, valueAt: (row: number) => SortValue, isDescending: boolean): number[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  return indices.sort((a, b) => compareValues(valueAt(a), valueAt(b), isDescending) || a - b);
}

export interface Window {
  first: number;
  end: number;
  aboveHeight: number;
  belowHeight: number;
}

export function visibleWindow(count: number, rowHeight: number, scrollTop: number, viewHeight: number, extra = 12): Window {
  const first = Math.min(Math.max(Math.floor(scrollTop / rowHeight) - extra, 0), Math.max(count - 1, 0));
  const end = Math.min(count, Math.ceil((scrollTop + viewHeight) / rowHeight) + extra);
  return { first, end, aboveHeight: first * rowHeight, belowHeight: Math.max(count - end, 0) * rowHeight };
}

/** Width of a column in pixels by the texts of its first rows; digits are the widest common letters. */
export function columnWidth(title: string, texts: readonly string[], isMono = false): number {
  let longest = title.length + 2;
  for (const text of texts) longest = Math.max(longest, text.length);
  return Math.round(Math.min(Math.max(longest * (isMono ? 7.4 : 8.3) + 18, 56), 460));
}

const LEAST_CAP = 120;
const CAP_SHARE = 0.55;

/** One long text does not push the other columns out of a narrow box. */
export function cappedWidths(widths: readonly number[], boxWidth: number): number[] {
  const cap = boxWidth > 0 ? Math.max(LEAST_CAP, Math.round(boxWidth * CAP_SHARE)) : Infinity;
  return widths.map((width) => Math.min(width, cap));
}
