// A dashboard's own time range, and the periods that go with a range.

export interface TimeRange {
  sinceMs: number;
  untilMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

// "PT6H", "P7D", "P1W", "P3M": months are of 30 days and years of 365, as CloudWatch's own are not stated.
export function durationMs(text: string): number | undefined {
  const match = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (!match || text === 'P' || text.endsWith('T')) {
    return undefined;
  }
  const factors = [365 * DAY_MS, 30 * DAY_MS, 7 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS, 1000];
  return factors.reduce((sum, factor, i) => sum + factor * Number(match[i + 1] ?? 0), 0);
}

function pointMs(text: string, nowMs: number): number | undefined {
  if (text.startsWith('-')) {
    const back = durationMs(text.slice(1));
    return back === undefined ? undefined : nowMs - back;
  }
  const time = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

// The range that `start` and `end` of a body or widget name; undefined where they name none. An end without a
// start is passed over, as CloudWatch does.
export function ownRange(start: string | undefined, end: string | undefined, nowMs: number): TimeRange | undefined {
  const sinceMs = start === undefined ? undefined : pointMs(start, nowMs);
  if (sinceMs === undefined) {
    return undefined;
  }
  const untilMs = end === undefined ? nowMs : (pointMs(end, nowMs) ?? nowMs);
  return untilMs > sinceMs ? { sinceMs, untilMs } : undefined;
}

const LADDER_S = [60, 300, 900, 3600, 6 * 3600, 86_400];
const POINTS_PER_GRAPH = 1440;

// What is left of data so old: seconds for 3 hours, minutes for 15 days, five minutes for 63, then hours.
export function shortestPeriodS(sinceMs: number, nowMs: number): number {
  const ageMs = nowMs - sinceMs;
  if (ageMs > 63 * DAY_MS) {
    return 3600;
  }
  if (ageMs > 15 * DAY_MS) {
    return 300;
  }
  return ageMs > 3 * HOUR_MS ? 60 : 1;
}

function roundedUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

// `auto` keeps the graph's own period where the range allows it, and goes to a longer one where data so old is
// no longer kept at it or where the graph would have more than 1,440 points. `inherit` obeys the graph.
export function periodS(ownS: number, override: 'auto' | 'inherit', range: TimeRange, nowMs: number): number {
  if (override === 'inherit') {
    return ownS;
  }
  const shortest = shortestPeriodS(range.sinceMs, nowMs);
  const needed = Math.max(ownS, (range.untilMs - range.sinceMs) / 1000 / POINTS_PER_GRAPH);
  if (needed <= ownS) {
    return roundedUp(ownS, shortest);
  }
  return roundedUp(LADDER_S.find((step) => step >= needed) ?? roundedUp(needed, 86_400), shortest);
}

// One period over the whole range, for views that show a single value of it.
export function wholeRangePeriodS(range: TimeRange): number {
  return Math.max(60, roundedUp((range.untilMs - range.sinceMs) / 1000, 60));
}
