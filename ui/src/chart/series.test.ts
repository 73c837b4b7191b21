import { describe, expect, it } from 'vitest';
import { alignPrevious, downsample, gapsOf, lonePoints, stack, statisticsOf } from './series';

describe('stack', () => {
  it('adds up, and has a gap only where all are missing', () => {
    expect(stack([[1, null, null, 4], [10, 20, null, null]]).tops).toEqual([[1, 0, null, 4], [11, 20, null, 4]]);
  });
  it('of nothing is nothing', () => expect(stack([]).tops).toEqual([]));
});

describe('gaps', () => {
  it('are runs of missing values', () => expect(gapsOf([null, 1, null, null, 2, null])).toEqual([[0, 0], [2, 3], [5, 5]]));
  it('leave lone points that need a dot', () => expect(lonePoints([1, null, 2, null, 3, 4])).toEqual([0, 2]));
});

describe('downsample', () => {
  const timesMs = Array.from({ length: 10_000 }, (_, index) => index);
  it('keeps the peak and the trough as high as they are', () => {
    const values = timesMs.map((ms) => Math.sin(ms / 500));
    values[4321] = 99;
    values[8765] = -99;
    const less = downsample(timesMs, values, 200);
    expect(less.values.length).toBeLessThanOrEqual(400);
    expect(Math.max(...(less.values as number[]))).toBe(99);
    expect(Math.min(...(less.values as number[]))).toBe(-99);
    expect(less.timesMs[less.values.indexOf(99)]).toBe(4321);
  });
  it('keeps the order of time and the gaps', () => {
    const values = timesMs.map((ms) => (ms >= 3000 && ms < 4000 ? null : ms));
    const less = downsample(timesMs, values, 100);
    expect([...less.timesMs].sort((a, b) => a - b)).toEqual(less.timesMs);
    expect(gapsOf(less.values)).toHaveLength(1);
  });
  it('leaves few points alone', () => expect(downsample([1, 2, 3], [1, null, 3], 10)).toEqual({ timesMs: [1, 2, 3], values: [1, null, 3] }));
});

describe('statistics', () => {
  it('pass over what is missing', () => expect(statisticsOf([null, 1, 3, null])).toEqual({ min: 1, max: 3, avg: 2, last: 3, total: 4 }));
  it('of nothing are nothing, not zero', () => expect(statisticsOf([null]).total).toBeNull());
});

describe('the previous period', () => {
  it('moves onto the times of this one', () => {
    expect(alignPrevious([100, 110, 120], 10, { sinceMs: 0, values: [1, null, 3] }, 100)).toEqual([1, null, 3]);
  });
});
