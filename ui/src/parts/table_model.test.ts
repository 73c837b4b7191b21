import { describe, expect, it } from 'vitest';
import { columnWidth, sortedIndices, visibleWindow } from './table_model';

describe('sorting', () => {
  const values = ['10.0.0.9', null, '10.0.0.10', '9.1.1.1'];
  it('knows numbers within texts, and puts absent values last either way', () => {
    expect(sortedIndices(4, (row) => values[row], false)).toEqual([3, 0, 2, 1]);
    expect(sortedIndices(4, (row) => values[row], true)).toEqual([2, 0, 3, 1]);
  });
  it('is stable', () => expect(sortedIndices(3, () => 1, true)).toEqual([0, 1, 2]));
  it('compares numbers as numbers', () => expect(sortedIndices(3, (row) => [100, 9, -1][row], false)).toEqual([2, 1, 0]));
});

describe('the window of rows', () => {
  it('adds up to the height of all rows wherever one scrolls to', () => {
    for (const top of [0, 13, 5000, 27_000, 99_999_999]) {
      const view = visibleWindow(1000, 28, top, 500);
      expect(view.aboveHeight + Math.max(view.end - view.first, 0) * 28 + view.belowHeight).toBe(28_000);
    }
  });
  it('draws few of many', () => {
    const view = visibleWindow(1_000_000, 28, 5_000_000, 600);
    expect(view.end - view.first).toBeLessThan(60);
  });
  it('copes with nothing', () => expect(visibleWindow(0, 28, 0, 500)).toEqual({ first: 0, end: 0, aboveHeight: 0, belowHeight: 0 }));
});

it('widths have bounds', () => {
  expect(columnWidth('n', ['1'])).toBe(56);
  expect(columnWidth('n', ['x'.repeat(5000)])).toBe(460);
});
