// The question of Explore, as the address holds it.
import type { Parameters } from '../../app/address';
import { listOf } from '../../app/address';
import type { ExploreAnswer, ExploreSeries, SeriesStatistics } from '../../api/types';
import { allOf, conditionOf } from '../../query/condition';
import type { Unit } from '../../format/units';

export const VIEWS = ['line', 'stacked', 'heat', 'sankey', 'table'] as const;
export const METRICS = ['bytes', 'packets', 'flows', 'rejects'] as const;
export const ORDERS = ['total', 'avg', 'max', 'last'] as const;
export const TOPS = [5, 10, 20, 50] as const;
export const MOST_KEYS = 4;

export type View = (typeof VIEWS)[number];
export type Metric = (typeof METRICS)[number];
export type Order = (typeof ORDERS)[number];

export interface ExploreState {
  filter: string;
  by: string[];
  metric: Metric;
  top: number;
  order: Order;
  view: View;
}

function oneOf<T extends string>(choices: readonly T[], text: string | undefined, fallback: T): T {
  return choices.find((choice) => choice === text) ?? fallback;
}

export function readState(parameters: Parameters): ExploreState {
  const top = Number(parameters.top);
  return {
    filter: parameters.filter ?? '',
    // `by=` that is there but empty means no grouping at all; without it, who sends to whom.
    by: parameters.by === undefined ? ['srcaddr'] : listOf(parameters.by === '-' ? '' : parameters.by).slice(0, MOST_KEYS),
    metric: oneOf(METRICS, parameters.metric, 'bytes'),
    top: (TOPS as readonly number[]).includes(top) ? top : 10,
    order: oneOf(ORDERS, parameters.order, 'total'),
    view: oneOf(VIEWS, parameters.view, 'stacked'),
  };
}

export function writeState(state: Partial<ExploreState>): Record<string, string | undefined> {
  const parameters: Record<string, string | undefined> = {};
  if (state.filter !== undefined) parameters.filter = state.filter;
  if (state.by !== undefined) parameters.by = state.by.length ? state.by.join(',') : '-';
  if (state.metric !== undefined) parameters.metric = state.metric;
  if (state.top !== undefined) parameters.top = String(state.top);
  if (state.order !== undefined) parameters.order = state.order;
  if (state.view !== undefined) parameters.view = state.view;
  return parameters;
}

export const unitOf = (metric: Metric): Unit => (metric === 'bytes' ? 'bytes' : 'count');

export function keyLabel(key: ExploreSeries['key']): string {
  return key.length === 0 ? 'All' : key.map((part) => (part === null || part === '' ? '(none)' : String(part))).join(' → ');
}

/** Labels that tell series apart even where two keys read the same. */
export function uniqueLabels(series: ReadonlyArray<Pick<ExploreSeries, 'key'>>): string[] {
  const seen = new Map<string, number>();
  return series.map((one) => {
    const label = keyLabel(one.key);
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return count === 1 ? label : `${label} (${count})`;
  });
}

export function filterOfKey(by: readonly string[], key: ExploreSeries['key'], isExcluded = false): string {
  if (!isExcluded) return allOf(by.map((field, index) => conditionOf(field, key[index] ?? null)));
  if (by.length === 1) return conditionOf(by[0]!, key[0] ?? null, true);
  return `not (${allOf(by.map((field, index) => conditionOf(field, key[index] ?? null)))})`;
}

export interface Mark {
  label: string;
  /** Null for Other and Total, which no condition describes. */
  key: ExploreSeries['key'] | null;
  /** The step that was clicked; null for the whole span. */
  timeMs: number | null;
  /** The fields of `key` where these are not all that was grouped by. */
  fields?: string[];
}

export function filterOfMark(mark: Mark, by: readonly string[], isExcluded = false): string {
  return mark.key ? filterOfKey(mark.fields ?? by, mark.key, isExcluded) : '';
}

export interface SankeyLink {
  from: string;
  to: string;
  /** Of the field before and the one after: columns by themselves, since a value may stand in both. */
  column: number;
  value: number;
  /** What is past the greatest groups: a band of its own, whatever values are called. */
  isOther?: boolean;
}

/** Flows between neighbouring columns of the keys; the rest as Other, so that the bands add up to everything. */
export function sankeyLinks(answer: Pick<ExploreAnswer, 'series' | 'other'>): SankeyLink[] {
  const sums = new Map<string, SankeyLink>();
  for (const one of answer.series) {
    for (let column = 0; column + 1 < one.key.length; column += 1) {
      const from = keyLabel([one.key[column]!]);
      const to = keyLabel([one.key[column + 1]!]);
      const id = JSON.stringify([column, from, to]);
      const link = sums.get(id) ?? { from, to, column, value: 0 };
      link.value += Number(one.total ?? 0);
      sums.set(id, link);
    }
  }
  const links = [...sums.values()];
  const columns = answer.series[0]?.key.length ?? 0;
  for (let column = 0; column + 1 < columns; column += 1) links.push({ from: 'Other', to: 'Other', column, value: Number(answer.other?.total ?? 0), isOther: true });
  return links.filter((link) => link.value > 0);
}

export interface TableRow extends SeriesStatistics {
  key: ExploreSeries['key'] | null;
  label: string;
  share: number | null;
}

export function tableRows(answer: ExploreAnswer): TableRow[] {
  const all = Number(answer.total.total ?? 0);
  const labels = uniqueLabels(answer.series);
  const share = (total: number | null) => (all > 0 && total !== null ? Number(total) / all : null);
  const rows: TableRow[] = answer.series.map((one, index) => ({ ...one, label: labels[index]!, share: share(one.total) }));
  if (answer.other) rows.push({ ...answer.other, key: null, label: 'Other', share: share(answer.other.total) });
  return rows;
}
