import type { Annotation } from './annotations';

export interface AxisOptions {
  min?: number | undefined;
  max?: number | undefined;
  label?: string | undefined;
}

/** Lowest and highest of what an axis must show; null where there is nothing. */
export function extentOf(columns: readonly (readonly (number | null | undefined)[])[], annotations: readonly Annotation[]): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const take = (value: number | null | undefined): void => {
    if (value === null || value === undefined) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const column of columns) for (const value of column) take(value);
  for (const annotation of annotations) {
    take(annotation.from);
    take(annotation.to);
  }
  return low <= high ? [low, high] : null;
}

/** The range of an axis: what is set stays exactly, what is not leaves some air, and starts at zero where bars or areas stand on it. */
export function axisRange(extent: [number, number] | null, options: AxisOptions, standsOnZero: boolean): [number, number] {
  let [low, high] = extent ?? [0, 1];
  if (standsOnZero) {
    low = Math.min(low, 0);
    high = Math.max(high, 0);
  }
  if (low === high) {
    const air = low === 0 ? 1 : Math.abs(low) * 0.1;
    if (low !== 0) low -= air;
    high += air;
  }
  const air = (high - low) * 0.08;
  const isAtZero = standsOnZero || low >= 0;
  const airyLow = isAtZero && low - air < 0 ? Math.min(low, 0) : low - air;
  const from = options.min ?? airyLow;
  const to = options.max ?? (standsOnZero && high === 0 ? 0 : high + air);
  if (to > from) return [from, to];
  // A fixed bound beyond the data: the other one gives way.
  return options.max === undefined ? [from, from + Math.max(1, Math.abs(from) * 0.1)] : [to - Math.max(1, Math.abs(to) * 0.1), to];
}

export interface DrawnSeries {
  label: string;
  color: string;
  points: number;
  gaps: number;
  /** First, middle and last point: value, and place in the plot from its left and bottom, 0 to 1. */
  marks: { value: number; x: number; y: number }[];
}

/** What a chart drew, for tests: the element's attribute data-drawn. */
export interface Drawn {
  kind: string;
  series: DrawnSeries[];
  left: [number, number] | null;
  right: [number, number] | null;
  plot: { left: number; top: number; width: number; height: number };
}

export function gapsIn(values: readonly (number | null | undefined)[]): number {
  let gaps = 0;
  let hasValue = false;
  let isOpen = false;
  for (const value of values) {
    if (value === null) {
      isOpen = hasValue;
    } else if (value !== undefined) {
      if (isOpen) ++gaps;
      isOpen = false;
      hasValue = true;
    }
  }
  return gaps;
}
