import { expect, it } from 'vitest';
import { heatLevel } from './heat';

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
