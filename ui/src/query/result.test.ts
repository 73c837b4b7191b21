import { describe, expect, it } from 'vitest';
import { barsOfResult, numberOf, seriesOfResult } from './result';

const time = { name: 'bin(1m)', type: 'time' };
const text = { name: 'action', type: 'text' };
const count = { name: 'n', type: 'integer' };

describe('series of a result', () => {
  it('have a gap where a bin has no row', () => {
    expect(seriesOfResult([time, count], [[60_000, 1], [0, 2], [240_000, 3]])).toEqual({
      timesMs: [0, 60_000, 120_000, 180_000, 240_000], stepMs: 60_000, omitted: 0, series: [{ label: 'n', values: [2, 1, null, null, 3] }],
    });
  });
  it('are told apart by the other columns, the greatest first', () => {
    const shaped = seriesOfResult([time, text, count], [[0, 'ACCEPT', 1], [0, 'REJECT', 9], [60_000, 'ACCEPT', 2]]);
    expect(shaped?.series).toEqual([{ label: 'REJECT', values: [9, null] }, { label: 'ACCEPT', values: [1, 2] }]);
  });
  it('leave irregular times as they are', () => expect(seriesOfResult([time, count], [[0, 1], [7, 1], [10, 1]])?.timesMs).toEqual([0, 7, 10]));
  it('are at most twenty', () => {
    const shaped = seriesOfResult([time, text, count], Array.from({ length: 30 }, (_, index) => [0, `k${index}`, index]));
    expect(shaped?.series).toHaveLength(20);
    expect(shaped?.omitted).toBe(10);
  });
  it('need a time and a number', () => {
    expect(seriesOfResult([text, count], [['a', 1]])).toBeNull();
    expect(seriesOfResult([time, text], [[0, 'a']])).toBeNull();
    expect(seriesOfResult([time, count], [])).toBeNull();
  });
});

describe('bars of a result', () => {
  it('take what is no amount as label', () => {
    expect(barsOfResult([text, { name: 'dstport', type: 'integer' }, count], [['a', 22, 5]])).toEqual({ name: 'n', bars: [{ label: 'a → 22', value: 5 }], omitted: 0 });
    expect(barsOfResult([text, count], [['a', 5], [null, 2]])?.bars).toEqual([{ label: 'a', value: 5 }, { label: '(none)', value: 2 }]);
  });
  it('need two columns', () => expect(barsOfResult([count], [[1]])).toBeNull());
});

it('reads integers past 2^53 that come as texts', () => expect(numberOf('9007199254740993')).toBe(9007199254740992));

it('leaves out a series without any value', () => {
  expect(seriesOfResult([time, text, count], [[0, null, null], [0, 'ACCEPT', 1]])?.series.map((one) => one.label)).toEqual(['ACCEPT']);
});
