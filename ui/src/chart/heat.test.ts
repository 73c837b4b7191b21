import { expect, it } from 'vitest';
import { heatLevel, heatTicks } from './heat';

it('has a level for each value and none for what is missing', () => {
  expect(heatLevel(null, 100)).toBeNull();
  expect(heatLevel(0, 100)).toBe(0);
  expect(heatLevel(100, 100)).toBe(7);
  expect(heatLevel(1e-9, 100)).toBe(1);
  expect(heatLevel(5, 0)).toBe(0);
});
it('rises with the value', () => {
  const levels = [1, 3, 10, 100, 1000, 9000].map((value) => heatLevel(value, 9000)!);
  expect([...levels].sort((a, b) => a - b)).toEqual(levels);
});
it('has times at whole steps of the zone, no more than asked for', () => {
  const hour = 3_600_000;
  const since = Date.parse('2026-01-05T00:07:00Z');
  const clock = (ticks: number[]) => ticks.map((ms) => new Date(ms).toISOString().slice(11, 16));
  expect(clock(heatTicks({ sinceMs: since, untilMs: since + 3 * hour }, 0, 6))).toEqual(['00:30', '01:00', '01:30', '02:00', '02:30', '03:00']);
  // Half past the hour in UTC is the whole hour in India.
  expect(clock(heatTicks({ sinceMs: since, untilMs: since + 3 * hour }, 5.5 * hour, 3))).toEqual(['00:30', '01:30', '02:30']);
  expect(heatTicks({ sinceMs: 0, untilMs: 400 * 24 * hour }, 0, 7).length).toBeLessThanOrEqual(7);
});
