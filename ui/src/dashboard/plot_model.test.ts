import { describe, expect, it } from 'vitest';
import { axisRange, extentOf, gapsIn } from './plot_model';

describe('axes', () => {
  it('keep bounds that are set', () => {
    expect(axisRange([20, 30], { min: 0, max: 100 }, false)).toEqual([0, 100]);
    expect(axisRange([20, 30], { min: 0 }, false)[0]).toBe(0);
  });
  it('leave air, but not below zero for what never is', () => {
    const [low, high] = axisRange([100, 200], {}, false);
    expect(low).toBeLessThan(100);
    expect(high).toBeGreaterThan(200);
    expect(axisRange([1, 200], {}, false)[0]).toBe(0);
  });
  it('stand on zero for bars', () => expect(axisRange([100, 200], {}, true)[0]).toBe(0));
  it('are never empty', () => {
    for (const extent of [null, [0, 0], [5, 5], [-5, -5]] as const) {
      for (const options of [{}, { min: 10 }, { max: -10 }, { min: 3, max: 3 }]) {
        const [low, high] = axisRange(extent as [number, number] | null, options, false);
        expect(high).toBeGreaterThan(low);
      }
    }
  });
  it('show annotations too', () => {
    expect(extentOf([[1, null, undefined, 3]], [{ from: 9, to: 12, label: '', color: undefined, fill: 'none', axis: 'left' }])).toEqual([1, 12]);
    expect(extentOf([[null]], [])).toBeNull();
  });
});

describe('gaps', () => {
  it.each([
    [[1, null, null, 2, null], 1],
    [[null, 1, undefined, 2], 0],
    [[1, null, 2, null, 3], 2],
  ])('%j has %i', (values, count) => expect(gapsIn(values)).toBe(count));
});
