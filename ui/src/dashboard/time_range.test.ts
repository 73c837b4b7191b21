import { describe, expect, it } from 'vitest';
import { durationMs, ownRange, periodS, wholeRangePeriodS } from './time_range';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 2, 1);
const back = (ms: number) => ({ sinceMs: NOW - ms, untilMs: NOW });

describe('durations', () => {
  it.each([
    ['PT6H', 6 * HOUR],
    ['P7D', 7 * DAY],
    ['P3M', 90 * DAY],
    ['P1W', 7 * DAY],
    ['P1DT30M', DAY + 30 * 60_000],
  ])('%s', (text, ms) => expect(durationMs(text)).toBe(ms));
  it.each(['P', 'PT', '6H', 'P6H', '-PT6H'])('%s is none', (text) => expect(durationMs(text)).toBeUndefined());
});

describe('ownRange', () => {
  it('goes back from now', () => expect(ownRange('-PT6H', undefined, NOW)).toEqual(back(6 * HOUR)));
  it('reads instants', () =>
    expect(ownRange('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', NOW)).toEqual({
      sinceMs: Date.UTC(2026, 0, 1),
      untilMs: Date.UTC(2026, 0, 2),
    }));
  it('passes over an end without a start, and nonsense', () => {
    expect(ownRange(undefined, '2026-01-02T00:00:00Z', NOW)).toBeUndefined();
    expect(ownRange('yesterday', undefined, NOW)).toBeUndefined();
    expect(ownRange('2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z', NOW)).toBeUndefined();
  });
});

describe('periods', () => {
  it("stay the graph's own within a day", () => {
    expect(periodS(300, 'auto', back(3 * HOUR), NOW)).toBe(300);
    expect(periodS(60, 'auto', back(24 * HOUR), NOW)).toBe(60);
  });
  it('grow with the range', () => {
    expect(periodS(60, 'auto', back(7 * DAY), NOW)).toBe(900);
    expect(periodS(300, 'auto', back(90 * DAY), NOW)).toBe(6 * 3600);
  });
  it('follow what is left of old data', () => {
    const old = { sinceMs: NOW - 70 * DAY, untilMs: NOW - 70 * DAY + HOUR };
    expect(periodS(60, 'auto', old, NOW)).toBe(3600);
    expect(periodS(10, 'auto', back(4 * HOUR), NOW)).toBe(60);
  });
  it('obey the graph under inherit', () => expect(periodS(60, 'inherit', back(30 * DAY), NOW)).toBe(60));
  it('cover a whole range in whole minutes', () => expect(wholeRangePeriodS({ sinceMs: 0, untilMs: 90_500 })).toBe(120));
});
