import { describe, expect, it } from 'vitest';
import { joinTimes, matchSeries, withGaps } from './series_data';

const result = { id: 'm1', label: 'a', timesMs: [0, 60, 240], values: [1, 2, 3], lows: null, highs: null, stepMs: 60, messages: [], emptyBecause: [] };
const plan = { id: 'm1', row: { index: 0, namespace: 'N', name: 'a', dimensions: [], expression: undefined, options: {} }, color: undefined, axis: 'left' as const };

describe('series', () => {
  it('break where periods have no data', () => {
    expect(withGaps(result)).toEqual({ timesMs: [0, 60, 120, 240], values: [1, 2, null, 3], lows: null, highs: null });
  });

  it('keep their extremes beside them', () => {
    expect(withGaps({ ...result, lows: [0, 1, 2], highs: [2, 3, 4] })).toMatchObject({ lows: [0, 1, null, 2], highs: [2, 3, null, 4] });
  });

  it('without data are told apart, with their reasons', () => {
    const reason = { cause: 'dimensions_differ', next: 'n', detail: 'd' };
    const { series, empty } = matchSeries([plan], [result, { ...result, label: 'b', timesMs: [], values: [], emptyBecause: [reason] }]);
    expect(series.map((one) => one.label)).toEqual(['a']);
    expect(empty).toEqual([{ label: 'b', reasons: [reason] }]);
  });

  it('of different periods share an axis, where a line runs through what is not its own', () => {
    expect(joinTimes([{ timesMs: [0, 60, 120], values: [1, null, 3] }, { timesMs: [0, 120], values: [5, 6] }])).toEqual({
      timesMs: [0, 60, 120],
      columns: [
        [1, null, 3],
        [5, undefined, 6],
      ],
    });
  });
});
