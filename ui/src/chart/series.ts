// What charts compute before they draw.

export type Values = ReadonlyArray<number | null>;

export interface Stacked {
  /** Sums from below, series by series; null where no series has a value. */
  tops: Array<Array<number | null>>;
}

/** A missing value adds nothing to a stack; where all are missing the stack has a gap. */
export function stack(series: readonly Values[]): Stacked {
  const count = series[0]?.length ?? 0;
  const below = new Array<number>(count).fill(0);
  const isGap = Array.from({ length: count }, (_, index) => series.every((values) => values[index] === null || values[index] === undefined));
  const tops = series.map((values) => values.map((value, index) => {
    if (isGap[index]) return null;
    below[index]! += value ?? 0;
    return below[index]!;
  }));
  return { tops };
}

/** Runs of missing values, as [first, last] indices. */
export function gapsOf(values: Values): Array<[number, number]> {
  const gaps: Array<[number, number]> = [];
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] !== null && values[index] !== undefined) continue;
    const before = gaps.at(-1);
    if (before && before[1] === index - 1) before[1] = index;
    else gaps.push([index, index]);
  }
  return gaps;
}

/** Points that a line does not reach: a value between two missing ones. They are drawn as dots. */
export function lonePoints(values: Values): number[] {
  const isAbsent = (index: number) => values[index] === null || values[index] === undefined;
  const lone: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    if (!isAbsent(index) && isAbsent(index - 1) && isAbsent(index + 1)) lone.push(index);
  }
  return lone;
}

/**
 * At most two points a slot (its smallest and largest, in the order they came), so that a peak stays as high as it is.
 * A slot of missing values alone stays missing.
 */
export function downsample(timesMs: readonly number[], values: Values, slots: number): { timesMs: number[]; values: Array<number | null> } {
  const count = timesMs.length;
  if (count <= slots * 2 || slots < 1) return { timesMs: [...timesMs], values: [...values] };
  const outTimes: number[] = [];
  const outValues: Array<number | null> = [];
  for (let slot = 0; slot < slots; slot += 1) {
    const first = Math.floor((slot * count) / slots);
    const end = Math.floor(((slot + 1) * count) / slots);
    let low = -1;
    let high = -1;
    for (let index = first; index < end; index += 1) {
      const value = values[index];
      if (value === null || value === undefined) continue;
      if (low < 0 || value < values[low]!) low = index;
      if (high < 0 || value > values[high]!) high = index;
    }
    if (low < 0) {
      outTimes.push(timesMs[first]!);
      outValues.push(null);
      continue;
    }
    for (const index of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
      outTimes.push(timesMs[index]!);
      outValues.push(values[index]!);
    }
  }
  return { timesMs: outTimes, values: outValues };
}

export interface Statistics {
  min: number | null;
  max: number | null;
  avg: number | null;
  last: number | null;
  total: number | null;
}

export function statisticsOf(values: Values): Statistics {
  let min: number | null = null;
  let max: number | null = null;
  let last: number | null = null;
  let total = 0;
  let count = 0;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    min = min === null ? value : Math.min(min, value);
    max = max === null ? value : Math.max(max, value);
    last = value;
    total += value;
    count += 1;
  }
  return { min, max, last, avg: count ? total / count : null, total: count ? total : null };
}

/** The period before, moved onto the times of this one. */
export function alignPrevious(timesMs: readonly number[], stepMs: number, previous: { sinceMs: number; values: Values }, sinceMs: number): Array<number | null> {
  return timesMs.map((ms) => {
    const index = Math.round((ms - sinceMs) / stepMs);
    return previous.values[index] ?? null;
  });
}
