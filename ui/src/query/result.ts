// Results of queries as series and bars.

export interface ResultColumn {
  name: string;
  type: string;
}

export type ResultCell = string | number | boolean | null;

const MOST_SERIES = 20;
const MOST_STEPS = 20_000;

/** Numbers that name something are no amounts. */
const NAMES_SOMETHING = /(port|protocol|flags|asn|version|path|account_id)$/i;

const isAmount = (column: ResultColumn) =>
  (column.type === 'integer' || column.type === 'number') && !NAMES_SOMETHING.test(column.name);

export const numberOf = (cell: ResultCell | undefined): number | null => {
  if (cell === null || cell === undefined || cell === '' || typeof cell === 'boolean') return null;
  const number = Number(cell);
  return Number.isFinite(number) ? number : null;
};

export interface ResultSeries {
  timesMs: number[];
  series: Array<{ label: string; values: Array<number | null> }>;
  stepMs: number;
  omitted: number;
}

/** The smallest distance, where all others are multiples of it; null where times are irregular. */
function stepOf(timesMs: readonly number[]): number | null {
  let step = Infinity;
  for (let index = 1; index < timesMs.length; index += 1) step = Math.min(step, timesMs[index]! - timesMs[index - 1]!);
  if (!Number.isFinite(step) || step <= 0) return null;
  return timesMs.every((ms) => (ms - timesMs[0]!) % step === 0) ? step : null;
}

/** Over time, where there is a time and a number: a series for each number and each value of the other columns. */
export function seriesOfResult(columns: readonly ResultColumn[], rows: readonly ResultCell[][]): ResultSeries | null {
  const time = columns.findIndex((column) => column.type === 'time');
  const numbers = columns.flatMap((column, index) => (isAmount(column) && index !== time ? [index] : []));
  if (time < 0 || numbers.length === 0 || rows.length === 0) return null;
  const keys = columns.flatMap((column, index) => (!isAmount(column) && index !== time ? [index] : []));
  const moments = new Set<number>();
  const byLabel = new Map<string, Map<number, number | null>>();
  const sums = new Map<string, number>();
  for (const row of rows) {
    const ms = numberOf(row[time]);
    if (ms === null) continue;
    moments.add(ms);
    const key = keys.map((index) => String(row[index] ?? '(none)')).join(' → ');
    for (const index of numbers) {
      const label = numbers.length > 1 || key === '' ? [key, columns[index]!.name].filter((part) => part !== '').join(' · ') : key;
      const values = byLabel.get(label) ?? new Map<number, number | null>();
      const value = numberOf(row[index]);
      values.set(ms, value);
      byLabel.set(label, values);
      sums.set(label, (sums.get(label) ?? 0) + Math.abs(value ?? 0));
    }
  }
  const given = [...moments].sort((a, b) => a - b);
  if (given.length === 0) return null;
  const step = stepOf(given);
  const first = given[0]!;
  const last = given.at(-1)!;
  // A bin without rows is a gap, so it needs its place on the axis.
  const timesMs = step !== null && (last - first) / step < MOST_STEPS
    ? Array.from({ length: Math.round((last - first) / step) + 1 }, (_, index) => first + index * step)
    : given;
  const labels = [...byLabel.keys()].filter((label) => [...byLabel.get(label)!.values()].some((value) => value !== null))
    .sort((a, b) => sums.get(b)! - sums.get(a)!);
  return {
    timesMs,
    stepMs: step ?? 60_000,
    omitted: Math.max(labels.length - MOST_SERIES, 0),
    series: labels.slice(0, MOST_SERIES).map((label) => ({ label, values: timesMs.map((ms) => byLabel.get(label)!.get(ms) ?? null) })),
  };
}

export interface ResultBars {
  name: string;
  bars: Array<{ label: string; value: number }>;
  omitted: number;
}

/** By category: the first amount, labelled by all columns that are no amounts. */
export function barsOfResult(columns: readonly ResultColumn[], rows: readonly ResultCell[][], most = 50): ResultBars | null {
  const chosen = columns.findIndex(isAmount);
  const keys = columns.flatMap((column, index) => (isAmount(column) ? [] : [index]));
  if (chosen < 0 || keys.length === 0) return null;
  const bars = rows.flatMap((row) => {
    const value = numberOf(row[chosen]);
    return value === null ? [] : [{ label: keys.map((index) => String(row[index] ?? '(none)')).join(' → '), value }];
  });
  return { name: columns[chosen]!.name, bars: bars.slice(0, most), omitted: Math.max(bars.length - most, 0) };
}
