// No more points than a picture can show: two a pixel, the smallest and the largest of what falls on it.

export type Column = ReadonlyArray<number | null | undefined>;

export interface ThinTable {
  timesMs: number[];
  columns: Array<Array<number | null>>;
  /** Of each point that is left: where it stood. */
  indices: number[];
}

/** Below so many points a pixel all are drawn. */
const FEW_A_PIXEL = 4;

const BLOCK = 64;

/** Where the smallest and the largest of each block of a column stand, -1 where it has no value: made once, read at each drawing. */
export interface Extremes {
  lows: Int32Array;
  highs: Int32Array;
}

export function extremesOf(column: Column): Extremes {
  const count = Math.ceil(column.length / BLOCK);
  const extremes = { lows: new Int32Array(count).fill(-1), highs: new Int32Array(count).fill(-1) };
  for (let index = 0; index < column.length; index += 1) {
    const value = column[index];
    if (value === null || value === undefined) continue;
    const block = Math.floor(index / BLOCK);
    const low = extremes.lows[block]!;
    const high = extremes.highs[block]!;
    if (low < 0 || value < column[low]!) extremes.lows[block] = index;
    if (high < 0 || value > column[high]!) extremes.highs[block] = index;
  }
  return extremes;
}

/** The first place from `from` on whose time is not before `ms`. */
function placeOf(timesMs: readonly number[], from: number, ms: number): number {
  let low = from;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timesMs[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a table has so many points that it is thinned for a picture so wide. */
export function isDense(count: number, pixels: number): boolean {
  return pixels >= 1 && count > pixels * FEW_A_PIXEL;
}

/**
 * Null where there are few enough. All columns share the times, so a slot's extremes stand at its first point and at its
 * middle one, in the order in which they came. A slot without any value stays without: a gap that is wider than a pixel
 * stays one.
 */
export function thin(timesMs: readonly number[], columns: readonly Column[], pixels: number, known = columns.map(extremesOf)): ThinTable | null {
  const count = timesMs.length;
  if (!isDense(count, pixels)) return null;
  const slotMs = (timesMs[count - 1]! - timesMs[0]!) / pixels;
  if (!(slotMs > 0)) return null;
  const indices: number[] = [];
  const ends: number[] = [];
  for (let from = 0; from < count;) {
    // Counted from the beginning, so that no error adds up.
    const slot = Math.floor((timesMs[from]! - timesMs[0]!) / slotMs);
    const end = Math.max(placeOf(timesMs, from + 1, timesMs[0]! + (slot + 1) * slotMs), from + 1);
    indices.push(from);
    ends.push(end);
    if (end - from > 1) {
      indices.push((from + end) >> 1);
      ends.push(end);
    }
    from = end;
  }
  const thinned = columns.map((column, at) => {
    const { lows, highs } = known[at]!;
    const out = new Array<number | null>(indices.length).fill(null);
    for (let place = 0; place < indices.length; place += 1) {
      const end = ends[place]!;
      const isPair = ends[place + 1] === end;
      let low = -1;
      let high = -1;
      const take = (index: number, other: number) => {
        if (low < 0 || column[index]! < column[low]!) low = index;
        if (high < 0 || column[other]! > column[high]!) high = other;
      };
      for (let index = indices[place]!; index < end;) {
        const block = index / BLOCK;
        if (Number.isInteger(block) && index + BLOCK <= end) {
          if (lows[block]! >= 0) take(lows[block]!, highs[block]!);
          index += BLOCK;
        } else {
          const value = column[index];
          if (value !== null && value !== undefined) take(index, index);
          index += 1;
        }
      }
      if (low >= 0) {
        out[place] = column[Math.min(low, high)]!;
        if (isPair) out[place + 1] = column[Math.max(low, high)]!;
      }
      if (isPair) place += 1;
    }
    return out;
  });
  return { timesMs: indices.map((index) => timesMs[index]!), columns: thinned, indices };
}

/** The point nearest to a time; -1 where there is none. */
export function nearestIndex(timesMs: readonly number[], ms: number): number {
  if (timesMs.length === 0) return -1;
  let low = 0;
  let high = timesMs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timesMs[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low > 0 && ms - timesMs[low - 1]! <= timesMs[low]! - ms ? low - 1 : low;
}
