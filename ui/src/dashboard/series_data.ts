import type { SeriesPlan } from './metric_queries';

/** What POST /metrics/data answers for one series. */
export interface MetricResult {
  id: string;
  label: string;
  timesMs: number[];
  values: (number | null)[];
  lows: (number | null)[] | null;
  highs: (number | null)[] | null;
  stepMs: number;
  messages: (string | { Code?: string; Value?: string })[];
  emptyBecause: EmptyReason[];
}

export interface EmptyReason {
  cause: string;
  next: string;
  detail?: string;
}

export interface WidgetSeries {
  label: string;
  plan: SeriesPlan;
  timesMs: number[];
  values: (number | null)[];
  lows: (number | null)[] | null;
  highs: (number | null)[] | null;
  stepMs: number;
}

export interface EmptySeries {
  label: string;
  reasons: EmptyReason[];
}

/**
 * Periods without data become nulls, so that lines break there. A point more than one and a half steps after the one
 * before has a gap in front of it.
 */
export function withGaps(result: Pick<MetricResult, 'timesMs' | 'values' | 'lows' | 'highs' | 'stepMs'>): Pick<WidgetSeries, 'timesMs' | 'values' | 'lows' | 'highs'> {
  const timesMs: number[] = [];
  const values: (number | null)[] = [];
  const lows: (number | null)[] | null = result.lows ? [] : null;
  const highs: (number | null)[] | null = result.highs ? [] : null;
  const put = (ms: number, at: number | null): void => {
    timesMs.push(ms);
    values.push(at === null ? null : (result.values[at] ?? null));
    lows?.push(at === null ? null : (result.lows?.[at] ?? null));
    highs?.push(at === null ? null : (result.highs?.[at] ?? null));
  };
  result.timesMs.forEach((ms, i) => {
    const before = result.timesMs[i - 1];
    if (before !== undefined && result.stepMs > 0 && ms - before > 1.5 * result.stepMs) put(before + result.stepMs, null);
    put(ms, i);
  });
  return { timesMs, values, lows, highs };
}

/** Results in the order of the widget's rows; a search gives several for one row. */
export function matchSeries(plans: readonly SeriesPlan[], results: readonly MetricResult[]): { series: WidgetSeries[]; empty: EmptySeries[] } {
  const series: WidgetSeries[] = [];
  const empty: EmptySeries[] = [];
  for (const plan of plans) {
    for (const result of results.filter((one) => one.id === plan.id)) {
      if (result.values.some((value) => value !== null)) {
        series.push({ label: result.label, plan, stepMs: result.stepMs, ...withGaps(result) });
      } else {
        empty.push({ label: result.label, reasons: result.emptyBecause ?? [] });
      }
    }
  }
  return { series, empty };
}

export function lastValue(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

/**
 * Series on one time axis. Where a series has no slot of its own (another period) it is undefined, which a line runs
 * through; null breaks it.
 */
export function joinTimes(series: readonly Pick<WidgetSeries, 'timesMs' | 'values'>[]): { timesMs: number[]; columns: (number | null | undefined)[][] } {
  const timesMs = [...new Set(series.flatMap((one) => one.timesMs))].sort((a, b) => a - b);
  const slots = new Map(timesMs.map((ms, i) => [ms, i]));
  const columns = series.map((one) => {
    const column = new Array<number | null | undefined>(timesMs.length).fill(undefined);
    one.timesMs.forEach((ms, i) => {
      column[slots.get(ms)!] = one.values[i] ?? null;
    });
    return column;
  });
  return { timesMs, columns };
}
