import { describe, expect, it } from 'vitest';
import { nearestIndex, thin } from './thin';

const times = (count: number, stepMs = 1000) => Array.from({ length: count }, (_, index) => index * stepMs);

describe('thinning', () => {
  it('leaves few points alone', () => {
    expect(thin(times(400), [times(400)], 100)).toBeNull();
    expect(thin([], [[]], 100)).toBeNull();
    expect(thin(new Array(1000).fill(5), [times(1000)], 10)).toBeNull();
  });

  it('keeps the extremes of each pixel, exactly and where they are', () => {
    const count = 100_000;
    const pixels = 1000;
    const wave = times(count).map((_, index) => Math.sin(index / 700) * 100 + ((index * 7919) % 101));
    wave[54_321] = 9999;
    wave[12_345] = -9999;
    const table = thin(times(count), [wave], pixels)!;
    expect(table.timesMs.length).toBeLessThanOrEqual(2 * (pixels + 1));
    expect(Math.max(...(table.columns[0] as number[]))).toBe(9999);
    expect(Math.min(...(table.columns[0] as number[]))).toBe(-9999);
    const slotMs = ((count - 1) * 1000) / pixels;
    for (let slot = 0; slot < pixels; slot += 41) {
      const own = wave.filter((_, index) => index * 1000 >= slot * slotMs && index * 1000 < (slot + 1) * slotMs);
      const left = table.columns[0]!.filter((_, place) => table.timesMs[place]! >= slot * slotMs && table.timesMs[place]! < (slot + 1) * slotMs) as number[];
      expect([Math.min(...left), Math.max(...left)]).toEqual([Math.min(...own), Math.max(...own)]);
    }
    expect(table.timesMs.every((ms, place) => ms === table.indices[place]! * 1000 && (place === 0 || ms > table.timesMs[place - 1]!))).toBe(true);
  });

  it('leaves a gap a gap, in one column as in the other', () => {
    const holed = times(10_000).map((ms, index) => (index >= 4000 && index < 4400 ? null : ms));
    const table = thin(times(10_000), [times(10_000), holed], 100)!;
    const missing = table.columns[1]!.map((value, place) => (value === null ? table.indices[place]! : -1)).filter((index) => index >= 0);
    expect(missing.length).toBeGreaterThanOrEqual(6);
    expect(missing.every((index) => index >= 4000 && index < 4400)).toBe(true);
    expect(table.columns[0]!.every((value) => value !== null)).toBe(true);
    expect(table.columns[1]!.length).toBe(table.columns[0]!.length);
  });

  it('copes with points that are far apart', () => {
    const sparse = [0, 1, 2, 3, 4, 1_000_000];
    const table = thin(sparse, [sparse], 1)!;
    expect(table.columns[0]).toEqual([0, 4, 1_000_000]);
  });
});

it('finds the nearest point', () => {
  expect([-5, 0, 4, 6, 14, 15, 99].map((ms) => nearestIndex([0, 10, 20], ms))).toEqual([0, 0, 0, 1, 1, 1, 2]);
  expect(nearestIndex([], 1)).toBe(-1);
});
