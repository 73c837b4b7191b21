import { describe, expect, it } from 'vitest';
import { isMoving, parseLength, parseMoment, parseRange, previousSpan, resolveRange, shiftSpan, zoomOut } from './range';

// A Wednesday, 12:30 in UTC and 13:30 in the zone of these tests (Berlin).
const NOW = Date.UTC(2026, 2, 4, 12, 30);
const utc = (text: string) => parseMoment(text, NOW, 'utc');
const hour = 3_600_000;

describe('parseLength', () => {
  it.each([
    ['2h', 2 * hour], ['90 minutes', 1.5 * hour], ['1d12h', 36 * hour], ['1.5h', 1.5 * hour], ['2 weeks', 336 * hour], ['30s', 30_000],
  ])('%s', (text, ms) => expect(parseLength(text)).toBe(ms));
  it.each(['', '0h', 'h', '2', '2 parsecs', '-2h', '2h now', '1e3h'])('refuses %j', (text) => expect(parseLength(text)).toBeNull());
});

describe('parseMoment', () => {
  it('reads what is relative to now', () => {
    expect(utc('now')).toBe(NOW);
    expect(utc('2h')).toBe(NOW - 2 * hour);
    expect(utc('now-2h')).toBe(NOW - 2 * hour);
    expect(utc('3 days ago')).toBe(NOW - 72 * hour);
  });
  it('reads days by name', () => {
    expect(utc('yesterday 14:00')).toBe(Date.UTC(2026, 2, 3, 14));
    expect(utc('today')).toBe(Date.UTC(2026, 2, 4));
    expect(utc('monday 09:15')).toBe(Date.UTC(2026, 2, 2, 9, 15));
    expect(utc('last wednesday')).toBe(Date.UTC(2026, 1, 25));
  });
  it('reads dates, with and without an offset', () => {
    expect(utc('2026-03-01 14:00')).toBe(Date.UTC(2026, 2, 1, 14));
    expect(utc('2026-03-01T14:00:05.25Z')).toBe(Date.UTC(2026, 2, 1, 14, 0, 5, 250));
    expect(utc('2026-03-01T14:00:00+02:00')).toBe(Date.UTC(2026, 2, 1, 12));
    expect(parseMoment('2026-03-01 14:00', NOW, 'local')).toBe(Date.UTC(2026, 2, 1, 13));
    expect(parseMoment('2026-03-01T14:00Z', NOW, 'local')).toBe(Date.UTC(2026, 2, 1, 14));
  });
  it('reads epoch seconds and milliseconds', () => {
    expect(utc('1772627400')).toBe(NOW);
    expect(utc('1772627400000')).toBe(NOW);
  });
  it('follows the clock change of the zone', () => {
    const summer = Date.UTC(2026, 2, 30, 8);
    expect(parseMoment('2026-03-29 12:00', summer, 'local')).toBe(Date.UTC(2026, 2, 29, 10));
    expect(parseMoment('2026-03-28 12:00', summer, 'local')).toBe(Date.UTC(2026, 2, 28, 11));
  });
  it.each(['', 'tomorrowish', '2026-02-31', '2026-13-01', '25:99', 'yesterday noonish', '2026-03-01 14:00 or so'])('refuses %j', (text) => expect(utc(text)).toBeNull());
});

describe('parseRange', () => {
  const range = (text: string) => parseRange(text, NOW, 'utc');
  it('keeps what moves moving', () => {
    expect(range('2h')).toEqual({ since: '2h', until: 'now' });
    expect(range('last 90 minutes')).toEqual({ since: '90m', until: 'now' });
    expect(range('3 days to now')).toEqual({ since: '3d', until: 'now' });
  });
  it('takes a day as the whole day and an instant as since then', () => {
    expect(range('yesterday')).toEqual({ since: '2026-03-03T00:00:00Z', until: '2026-03-04T00:00:00Z' });
    expect(range('2026-03-01')).toEqual({ since: '2026-03-01T00:00:00Z', until: '2026-03-02T00:00:00Z' });
    expect(range('today')).toEqual({ since: '2026-03-04T00:00:00Z', until: 'now' });
    expect(range('yesterday 14:00')).toEqual({ since: '2026-03-03T14:00:00Z', until: 'now' });
  });
  it('reads two ends', () => {
    expect(range('2026-03-01 to 2026-03-02 06:00')).toEqual({ since: '2026-03-01T00:00:00Z', until: '2026-03-02T06:00:00Z' });
    expect(range('yesterday 14:00 - yesterday 15:00')).toEqual({ since: '2026-03-03T14:00:00Z', until: '2026-03-03T15:00:00Z' });
    expect(range('2026-03-01..2026-03-02')).toEqual({ since: '2026-03-01T00:00:00Z', until: '2026-03-02T00:00:00Z' });
  });
  it.each(['', 'soon', '2026-03-02 to 2026-03-01', 'a to b to c', '2030-01-01'])('refuses %j', (text) => expect(range(text)).toBeNull());
});

describe('spans', () => {
  const span = { sinceMs: NOW - 2 * hour, untilMs: NOW };
  it('resolve against the clock, and never fail', () => {
    expect(resolveRange({ since: '2h', until: 'now' }, NOW)).toEqual(span);
    expect(resolveRange({ since: 'nonsense', until: 'now' }, NOW)).toEqual({ sinceMs: NOW - hour, untilMs: NOW });
    expect(resolveRange({ since: '2026-03-05T00:00:00Z', until: '2026-03-01T00:00:00Z' }, NOW).sinceMs).toBeLessThan(Date.UTC(2026, 2, 1));
  });
  it('shift by half and stop at now', () => {
    expect(shiftSpan(span, -1, NOW)).toEqual({ sinceMs: NOW - 3 * hour, untilMs: NOW - hour });
    expect(shiftSpan(span, 1, NOW)).toEqual(span);
  });
  it('widen around the middle and stop at now', () => {
    expect(zoomOut({ sinceMs: NOW - 10 * hour, untilMs: NOW - 8 * hour }, NOW)).toEqual({ sinceMs: NOW - 11 * hour, untilMs: NOW - 7 * hour });
    expect(zoomOut(span, NOW)).toEqual({ sinceMs: NOW - 4 * hour, untilMs: NOW });
  });
  it('know the period before', () => expect(previousSpan(span)).toEqual({ sinceMs: NOW - 4 * hour, untilMs: NOW - 2 * hour }));
  it('know what moves', () => {
    expect(isMoving({ since: '2h', until: 'now' })).toBe(true);
    expect(isMoving({ since: '2026-03-01T00:00:00Z', until: '2026-03-02T00:00:00Z' })).toBe(false);
  });
});
