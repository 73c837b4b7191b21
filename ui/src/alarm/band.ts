import type { ChartLine } from '../dashboard/metric_chart';
import type { WidgetSeries } from '../dashboard/series_data';
import type { Interval } from './breaches';
import { BAND_FUNCTION } from './expressions';

type Values = readonly (number | null)[];

export interface BandSeries {
  upper: WidgetSeries;
  lower: WidgetSeries;
}

/** The pairs of series that ANOMALY_DETECTION_BAND gives: the upper edge, then the lower. */
export function bandsOf(series: readonly WidgetSeries[]): BandSeries[] {
  const bands: BandSeries[] = [];
  for (const upper of series) {
    if (!upper.plan.row.expression?.trim().startsWith(BAND_FUNCTION) || !upper.label.endsWith('upper)')) continue;
    const lower = series.find((one) => one.plan === upper.plan && one !== upper && one.label.endsWith('lower)'));
    if (lower) bands.push({ upper, lower });
  }
  return bands;
}

/** Both edges as one line: the middle, with what lies between the edges shaded. */
export function lineOfBand({ upper, lower }: BandSeries): ChartLine {
  const lows = new Map(lower.timesMs.map((ms, i) => [ms, lower.values[i] ?? null]));
  const edges = upper.timesMs.map((ms, i): [number | null, number | null] => [lows.get(ms) ?? null, upper.values[i] ?? null]);
  return {
    label: upper.label.replace(/ \(expected: upper\)$/, ' (expected)'),
    timesMs: upper.timesMs,
    values: edges.map(([low, high]) => (low === null || high === null ? null : (low + high) / 2)),
    lows: edges.map(([low]) => low),
    highs: edges.map(([, high]) => high),
    color: upper.plan.color,
    axis: upper.plan.axis,
  };
}

/** Where a series leaves the band on the side that a comparison speaks of. Times that the band does not know breach nothing. */
export function bandBreaches(timesMs: readonly number[], values: Values, periodMs: number, comparison: string, band: ChartLine): Interval[] {
  const places = new Map(band.timesMs.map((ms, i) => [ms, i]));
  const intervals: Interval[] = [];
  timesMs.forEach((fromMs, i) => {
    const value = values[i];
    const at = places.get(fromMs);
    if (value === null || value === undefined || at === undefined) return;
    const low = band.lows?.[at] ?? null;
    const high = band.highs?.[at] ?? null;
    if (low === null || high === null) return;
    const isBelow = value < low && comparison !== 'GreaterThanUpperThreshold';
    const isAbove = value > high && comparison !== 'LessThanLowerThreshold';
    if (!isBelow && !isAbove) return;
    const last = intervals.at(-1);
    if (last && last.untilMs >= fromMs) last.untilMs = fromMs + periodMs;
    else intervals.push({ fromMs, untilMs: fromMs + periodMs });
  });
  return intervals;
}
