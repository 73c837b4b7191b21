export const HEAT_LEVELS = 7;

/** 0 for zero, 1 to 7 by the logarithm of the value against the highest over four decades, null for none. */
export function heatLevel(value: number | null | undefined, highest: number): number | null {
  if (value === null || value === undefined) return null;
  if (value <= 0 || highest <= 0) return 0;
  const decades = Math.log10(highest / value);
  return Math.max(1, Math.min(HEAT_LEVELS, HEAT_LEVELS - Math.floor((decades / 4) * HEAT_LEVELS)));
}

const MINUTE_MS = 60_000;
const TICK_STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160, 43_200].map((minutes) => minutes * MINUTE_MS);

/** Times at whole steps of a day in a zone `offsetMs` ahead of UTC, `most` or fewer of them. */
export function heatTicks(span: { sinceMs: number; untilMs: number }, offsetMs: number, most: number): number[] {
  const lengthMs = span.untilMs - span.sinceMs;
  const stepMs = TICK_STEPS_MS.find((step) => lengthMs / step <= most) ?? Math.ceil(lengthMs / most);
  const ticks: number[] = [];
  for (let ms = Math.ceil((span.sinceMs + offsetMs) / stepMs) * stepMs - offsetMs; ms < span.untilMs; ms += stepMs) ticks.push(ms);
  return ticks;
}
