// Spans of time as people type them. Relative spans move with the clock until somebody fixes them.

export type Zone = 'local' | 'utc';

export interface Span {
  sinceMs: number;
  untilMs: number;
}

/** As it stands in the address: `since` is "2h" or an instant, `until` is "now" or an instant. */
export interface TimeRange {
  since: string;
  until: string;
}

const UNIT_MS: Record<string, number> = {
  s: 1000, sec: 1000, second: 1000,
  m: 60_000, min: 60_000, minute: 60_000,
  h: 3_600_000, hr: 3_600_000, hour: 3_600_000,
  d: 86_400_000, day: 86_400_000,
  w: 604_800_000, week: 604_800_000,
};
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

export const DAY_MS = 86_400_000;

/** "2h", "90 minutes", "1d12h" in milliseconds; null where it is no length. */
export function parseLength(text: string): number | null {
  const compact = text.trim().toLowerCase().replace(/\s+/g, '');
  if (!/^(\d+(\.\d+)?[a-z]+)+$/.test(compact)) return null;
  let total = 0;
  for (const [, amount, word] of compact.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    const unit = UNIT_MS[word!] ?? (word!.length > 1 ? UNIT_MS[word!.replace(/s$/, '')] : undefined);
    if (unit === undefined) return null;
    total += Number(amount) * unit;
  }
  return total > 0 ? Math.round(total) : null;
}

interface Fields {
  year: number;
  month: number;
  day: number;
  hour?: number;
  minute?: number;
  second?: number;
  millisecond?: number;
}

function instant(fields: Fields, zone: Zone): number | null {
  const { year, month, day, hour = 0, minute = 0, second = 0, millisecond = 0 } = fields;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return null;
  const date = zone === 'utc'
    ? new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond))
    : new Date(year, month - 1, day, hour, minute, second, millisecond);
  const readBack = zone === 'utc' ? date.getUTCDate() : date.getDate();
  return hour < 24 && readBack !== day ? null : date.getTime(); // 31 February is nobody's day
}

function startOfDay(nowMs: number, zone: Zone, daysBack: number): Fields {
  const now = new Date(nowMs);
  const moved = zone === 'utc'
    ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - daysBack))
    : new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBack);
  return zone === 'utc'
    ? { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() }
    : { year: moved.getFullYear(), month: moved.getMonth() + 1, day: moved.getDate() };
}

function namedDay(word: string, nowMs: number, zone: Zone): Fields | null {
  if (word === 'today') return startOfDay(nowMs, zone, 0);
  if (word === 'yesterday') return startOfDay(nowMs, zone, 1);
  const weekday = WEEKDAYS.findIndex((name) => name === word || name.slice(0, 3) === word);
  if (weekday < 0) return null;
  const now = new Date(nowMs);
  const today = zone === 'utc' ? now.getUTCDay() : now.getDay();
  return startOfDay(nowMs, zone, (today - weekday + 7) % 7 || 7);
}

/** An instant: "now", "now-2h", "2h", "yesterday 14:00", "14:00", "2026-03-01 14:00", epoch seconds or milliseconds. */
export function parseMoment(typed: string, nowMs: number, zone: Zone): number | null {
  const text = typed.trim().toLowerCase();
  if (text === 'now') return nowMs;
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const relative = /^(?:now\s*-\s*|-\s*)?(.+?)(?:\s+ago)?$/.exec(text);
  const length = relative ? parseLength(relative[1]!) : null;
  if (length !== null) return nowMs - length;

  const dated = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[t\s]+(.+))?$/.exec(text);
  const named = /^(?:last\s+)?([a-z]+)(?:\s+(?:at\s+)?(.+))?$/.exec(text);
  let day: Fields | null = null;
  let clock: string | undefined;
  if (dated) {
    day = { year: Number(dated[1]), month: Number(dated[2]), day: Number(dated[3]) };
    clock = dated[4];
  } else if (named) {
    day = namedDay(named[1]!, nowMs, zone);
    clock = named[2];
  } else if (/^\d{1,2}:\d{2}/.test(text)) {
    day = startOfDay(nowMs, zone, 0);
    clock = text;
  }
  if (!day) return null;
  if (clock === undefined) return instant(day, zone);
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?\s*(z|utc|[+-]\d{2}:?\d{2})?$/.exec(clock);
  if (!time) return null;
  const fields: Fields = {
    ...day, hour: Number(time[1]), minute: Number(time[2]), second: Number(time[3] ?? 0),
    millisecond: Number((time[4] ?? '0').padEnd(3, '0')),
  };
  const offset = time[5];
  if (offset === undefined) return instant(fields, zone);
  const utcMs = instant(fields, 'utc');
  if (utcMs === null || offset === 'z' || offset === 'utc') return utcMs;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset)!;
  return utcMs - (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function isRelative(text: string): boolean {
  return text === 'now' || parseLength(text) !== null;
}

/** What somebody typed into the time box; null where it says no time. */
export function parseRange(typed: string, nowMs: number, zone: Zone): TimeRange | null {
  const text = typed.trim().replace(/^last\s+(?=\d)/i, '');
  if (text === '') return null;
  const parts = text.split(/\s+to\s+|\s+until\s+|\s*\.\.+\s*|\s+[-–]\s+|\s*→\s*/i);
  if (parts.length > 2) return null;
  if (parts.length === 2) {
    const sinceMs = parseMoment(parts[0]!, nowMs, zone);
    const untilMs = parseMoment(parts[1]!, nowMs, zone);
    if (sinceMs === null || untilMs === null || sinceMs >= untilMs) return null;
    const until = parts[1]!.trim().toLowerCase() === 'now' ? 'now' : instantText(untilMs);
    const isMoving = until === 'now' && parseLength(parts[0]!) !== null;
    return { since: isMoving ? compactLength(parts[0]!) : instantText(sinceMs), until };
  }
  if (parseLength(text) !== null) return { since: compactLength(text), until: 'now' };
  const sinceMs = parseMoment(text, nowMs, zone);
  if (sinceMs === null || sinceMs > nowMs) return null;
  // A day by name or date is that day; an instant is "since then".
  if (!/\d:\d/.test(text) && !/^\d{9,}$/.test(text)) {
    const untilMs = Math.min(sinceMs + DAY_MS, nowMs);
    if (/^today$/i.test(text)) return { since: instantText(sinceMs), until: 'now' };
    return { since: instantText(sinceMs), until: instantText(untilMs) };
  }
  return { since: instantText(sinceMs), until: 'now' };
}

/** "90 minutes" as "90m": the letter of each unit is its first. */
function compactLength(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, '').replace(/(\d)([a-z])[a-z]*/g, '$1$2');
}

export function instantText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** The span that a range means now; a range that cannot be read is the last hour. */
export function resolveRange(range: TimeRange, nowMs: number): Span {
  const untilMs = parseMoment(range.until, nowMs, 'utc') ?? nowMs;
  const length = parseLength(range.since);
  const sinceMs = length !== null ? untilMs - length : parseMoment(range.since, nowMs, 'utc');
  if (sinceMs === null || sinceMs >= untilMs) return { sinceMs: untilMs - 3_600_000, untilMs };
  return { sinceMs, untilMs };
}

export function rangeOfSpan(span: Span): TimeRange {
  return { since: instantText(Math.round(span.sinceMs)), until: instantText(Math.round(span.untilMs)) };
}

export function isMoving(range: TimeRange): boolean {
  return range.until === 'now' && isRelative(range.until);
}

/** Half a window earlier (-1) or later (1), never past now. */
export function shiftSpan(span: Span, direction: -1 | 1, nowMs: number): Span {
  const length = span.untilMs - span.sinceMs;
  const untilMs = Math.min(span.untilMs + (direction * length) / 2, Math.max(nowMs, span.untilMs));
  return { sinceMs: untilMs - length, untilMs };
}

/** Twice the window around the same middle, never past now. */
export function zoomOut(span: Span, nowMs: number): Span {
  const length = span.untilMs - span.sinceMs;
  const untilMs = Math.min(span.untilMs + length / 2, Math.max(nowMs, span.untilMs));
  return { sinceMs: untilMs - 2 * length, untilMs };
}

export function previousSpan(span: Span): Span {
  return { sinceMs: 2 * span.sinceMs - span.untilMs, untilMs: span.sinceMs };
}

export const QUICK_RANGES: ReadonlyArray<{ label: string; since: string }> = [
  { label: 'Last 5 minutes', since: '5m' },
  { label: 'Last 15 minutes', since: '15m' },
  { label: 'Last hour', since: '1h' },
  { label: 'Last 3 hours', since: '3h' },
  { label: 'Last 12 hours', since: '12h' },
  { label: 'Last 24 hours', since: '24h' },
  { label: 'Last 2 days', since: '2d' },
  { label: 'Last 7 days', since: '7d' },
  { label: 'Last 30 days', since: '30d' },
  { label: 'Last 90 days', since: '90d' },
];

export const REFRESH_STEPS_S = [0, 5, 10, 30, 60, 300] as const;
