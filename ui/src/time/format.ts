import type { Span, TimeRange, Zone } from './range';
import { parseLength, QUICK_RANGES } from './range';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number) => String(value).padStart(2, '0');

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

function partsOf(ms: number, zone: Zone): Parts {
  const date = new Date(ms);
  return zone === 'utc'
    ? {
        year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), hour: date.getUTCHours(),
        minute: date.getUTCMinutes(), second: date.getUTCSeconds(), millisecond: date.getUTCMilliseconds(),
      }
    : {
        year: date.getFullYear(), month: date.getMonth(), day: date.getDate(), hour: date.getHours(),
        minute: date.getMinutes(), second: date.getSeconds(), millisecond: date.getMilliseconds(),
      };
}

/** How far the clocks of a zone are ahead of UTC. */
export function offsetOf(ms: number, zone: Zone): number {
  return zone === 'utc' ? 0 : -new Date(ms).getTimezoneOffset() * 60_000;
}

/** 2026-03-01 14:00:05, for tables and details. */
export function formatMoment(ms: number, zone: Zone): string {
  const p = partsOf(ms, zone);
  const fraction = p.millisecond ? `.${String(p.millisecond).padStart(3, '0')}` : '';
  return `${p.year}-${two(p.month + 1)}-${two(p.day)} ${two(p.hour)}:${two(p.minute)}:${two(p.second)}${fraction}`;
}

/** 14:00:05 within a day, 1 Mar 14:00 beyond. */
export function formatShort(ms: number, zone: Zone, span: Span): string {
  const p = partsOf(ms, zone);
  if (span.untilMs - span.sinceMs <= 86_400_000) {
    return `${two(p.hour)}:${two(p.minute)}${p.second || p.millisecond ? `:${two(p.second)}` : ''}`;
  }
  return `${p.day} ${MONTHS[p.month]} ${two(p.hour)}:${two(p.minute)}`;
}

export function formatSpan(span: Span, zone: Zone): string {
  const a = partsOf(span.sinceMs, zone);
  const b = partsOf(span.untilMs, zone);
  const clock = (p: Parts) => `${two(p.hour)}:${two(p.minute)}${p.second ? `:${two(p.second)}` : ''}`;
  const day = (p: Parts) => `${p.day} ${MONTHS[p.month]}${a.year === b.year ? '' : ` ${p.year}`}`;
  const isOneDay = a.year === b.year && a.month === b.month && a.day === b.day;
  return isOneDay ? `${day(a)} ${a.year}, ${clock(a)} – ${clock(b)}` : `${day(a)} ${clock(a)} – ${day(b)} ${clock(b)}`;
}

export function formatRange(range: TimeRange, span: Span, zone: Zone): string {
  if (range.until === 'now') {
    const quick = QUICK_RANGES.find((candidate) => candidate.since === range.since);
    if (quick) return quick.label;
    if (parseLength(range.since) !== null) return `Last ${formatLength(parseLength(range.since) ?? 0)}`;
    return `${formatShort(span.sinceMs, zone, { sinceMs: 0, untilMs: Infinity })} – now`;
  }
  return formatSpan(span, zone);
}

/** 950 ms, 12 s, 3 min 20 s, 2 h 5 min, 4 d 3 h. */
export function formatLength(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`;
}

export function formatAgo(ms: number, nowMs: number): string {
  const passed = nowMs - ms;
  if (passed < 1500) return 'just now';
  const seconds = passed / 1000;
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}
