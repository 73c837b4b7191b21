import { describe, expect, it } from 'vitest';
import { shapeBars, shapeLines, shapePie } from './log_shape';

const bin = { name: 'bin(5m)', type: 'time' };
const total = { name: 'total_bytes', type: 'integer' };
const five = 300_000;

describe('bars', () => {
  it("stand over the bin column in ascending time, whatever the query's order", () => {
    const shaped = shapeBars({
      columns: [bin, total],
      rows: [
        [2 * five, 30],
        [five, '9007199254740993'],
        [0, 10],
      ],
    });
    expect('shape' in shaped && shaped.shape.categories.map((c) => c.timeMs)).toEqual([0, five, 2 * five]);
    expect('shape' in shaped && shaped.shape.series[0]?.values).toEqual([10, 9007199254740992, 30]);
  });
  it('stand over the first column where there is no time', () => {
    const shaped = shapeBars({
      columns: [{ name: 'srcaddr', type: 'address' }, total],
      rows: [
        ['b', 1],
        ['a', 2],
      ],
    });
    expect('shape' in shaped && shaped.shape.categories.map((c) => c.label)).toEqual(['b', 'a']);
  });
  it('say what they miss', () => {
    expect('problem' in shapeBars({ columns: [{ name: 'a', type: 'text' }], rows: [['x']] })).toBe(true);
  });
});

describe('pies', () => {
  it('take the first column as label and the second as value, numbers as both', () => {
    const shaped = shapePie({
      columns: [{ name: 'dstport', type: 'integer' }, total],
      rows: [
        [443, 7],
        [null, 2],
        [22, 0],
      ],
    });
    expect('shape' in shaped && shaped.shape).toEqual([
      { label: '443', value: 7 },
      { label: '–', value: 2 },
    ]);
  });
  it('say what they miss', () => {
    expect('problem' in shapePie({ columns: [total], rows: [[1]] })).toBe(true);
    expect('problem' in shapePie({ columns: [total, bin], rows: [[1, 'x']] })).toBe(true);
  });
});

describe('lines', () => {
  it('are one a group, and a bin without a row is a gap', () => {
    const shaped = shapeLines({
      columns: [bin, { name: 'action', type: 'text' }, total],
      rows: [
        [0, 'ACCEPT', 5],
        [five, 'ACCEPT', 6],
        [3 * five, 'ACCEPT', 7],
        [five, 'REJECT', 1],
      ],
    });
    expect('shape' in shaped && shaped.shape).toEqual({
      timesMs: [0, five, 2 * five, 3 * five],
      series: [
        { label: 'ACCEPT', values: [5, 6, null, 7] },
        { label: 'REJECT', values: [null, 1, null, null] },
      ],
    });
  });
  it('need times', () => expect('problem' in shapeLines({ columns: [total], rows: [[1]] })).toBe(true));
});
