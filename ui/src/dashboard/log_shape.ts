// What a log widget's view makes of the rows of its query.

export interface Column {
  name: string;
  type: string; // address, time, integer, number, text, boolean
}

export type Cell = string | number | boolean | null;

export interface Answer {
  columns: Column[];
  rows: Cell[][];
}

export interface Bars {
  categories: { label: string; timeMs: number | undefined }[];
  series: { label: string; values: (number | null)[] }[];
}

export interface Slice {
  label: string;
  value: number;
}

export interface Lines {
  timesMs: number[];
  series: { label: string; values: (number | null)[] }[];
}

export type Shaped<T> = { shape: T } | { problem: string };

export function numberOf(cell: Cell | undefined): number | null {
  if (typeof cell === 'number') {
    return cell;
  }
  // Integers past 2^53 come as texts.
  const number = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

export function timeOf(cell: Cell | undefined): number | undefined {
  if (typeof cell === 'number') {
    return cell;
  }
  const time = typeof cell === 'string' ? Date.parse(cell.includes('T') ? cell : `${cell.replace(' ', 'T')}Z`) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function isNumeric(column: Column): boolean {
  return column.type === 'integer' || column.type === 'number';
}

function textOfCell(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '–' : String(cell);
}

function timeColumn(answer: Answer): number {
  return answer.columns.findIndex((column) => column.type === 'time' || /^bin\(/.test(column.name));
}

// A pie takes the first column as label and the second as value.
export function shapePie(answer: Answer): Shaped<Slice[]> {
  if (answer.columns.length < 2) {
    return { problem: 'A pie needs two columns: a label and a number.' };
  }
  const slices = answer.rows
    .map((row) => ({ label: textOfCell(row[0]), value: numberOf(row[1]) }))
    .filter((slice): slice is Slice => slice.value !== null && slice.value > 0);
  return slices.length === 0 && answer.rows.length > 0
    ? { problem: `The second column, ${answer.columns[1]?.name ?? ''}, has no number above zero.` }
    : { shape: slices };
}

// Bars stand over the bin column in ascending time, else over the first column in the answer's order.
export function shapeBars(answer: Answer): Shaped<Bars> {
  const time = timeColumn(answer);
  const axis = time >= 0 ? time : 0;
  const values = answer.columns.map((column, i) => ({ column, i })).filter(({ column, i }) => i !== axis && isNumeric(column));
  if (values.length === 0) {
    return { problem: 'Bars need a column of numbers beside the one they stand on, as in: stats count() by bin(5m)' };
  }
  const rows = [...answer.rows];
  if (time >= 0) {
    rows.sort((a, b) => (timeOf(a[time]) ?? 0) - (timeOf(b[time]) ?? 0));
  }
  return {
    shape: {
      categories: rows.map((row) => ({
        label: textOfCell(row[axis]),
        timeMs: time >= 0 ? timeOf(row[axis]) : undefined,
      })),
      series: values.map(({ column, i }) => ({ label: column.name, values: rows.map((row) => numberOf(row[i])) })),
    },
  };
}

// Lines over the time column; each combination of the other, non-numeric columns is a series of its own. A bin
// without a row is a gap.
export function shapeLines(answer: Answer): Shaped<Lines> {
  const time = timeColumn(answer);
  if (time < 0) {
    return { problem: 'A time series needs a column of times, as in: stats count() by bin(5m)' };
  }
  const numeric = answer.columns.map((column, i) => ({ column, i })).filter(({ column, i }) => i !== time && isNumeric(column));
  const keys = answer.columns.map((column, i) => ({ column, i })).filter(({ column, i }) => i !== time && !isNumeric(column));
  if (numeric.length === 0) {
    return { problem: 'A time series needs a column of numbers beside its times.' };
  }
  const times = [...new Set(answer.rows.map((row) => timeOf(row[time])).filter((ms) => ms !== undefined))].sort((a, b) => a - b);
  const timesMs = withEmptyBins(times);
  const slots = new Map(timesMs.map((ms, i) => [ms, i]));
  const series = new Map<string, { label: string; values: (number | null)[] }>();
  for (const row of answer.rows) {
    const ms = timeOf(row[time]);
    const slot = ms === undefined ? undefined : slots.get(ms);
    if (slot === undefined) {
      continue;
    }
    for (const { column, i } of numeric) {
      const parts = keys.map((key) => textOfCell(row[key.i]));
      const label = [...parts, ...(numeric.length > 1 || parts.length === 0 ? [column.name] : [])].join(' ');
      const one = series.get(label) ?? { label, values: timesMs.map(() => null) };
      one.values[slot] = numberOf(row[i]);
      series.set(label, one);
    }
  }
  return { shape: { timesMs, series: [...series.values()] } };
}

const MOST_BINS = 10_000;

// Bins between the first and the last that had no row; the step is the smallest that occurs.
function withEmptyBins(times: readonly number[]): number[] {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; ++i) {
    step = Math.min(step, (times[i] ?? 0) - (times[i - 1] ?? 0));
  }
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined || !Number.isFinite(step) || (last - first) / step > MOST_BINS) {
    return [...times];
  }
  const all: number[] = [];
  for (let ms = first; ms <= last; ms += step) {
    all.push(ms);
  }
  // Times off the raster (a calendar's months, say) stay as they are.
  return times.every((ms) => (ms - first) % step === 0) ? all : [...times];
}
