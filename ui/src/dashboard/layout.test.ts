import { describe, expect, it } from 'vitest';
import { doOverlap, moveTo, placeAll } from './layout';

const wish = (width: number, height = 6) => ({ x: undefined, y: undefined, width, height });

describe('placeAll', () => {
  it('fills a row, then begins the next', () => {
    expect(placeAll([wish(12), wish(12), wish(12)]).map((p) => [p.x, p.y])).toEqual([
      [0, 0],
      [12, 0],
      [0, 6],
    ]);
  });

  it('flows around what is placed', () => {
    const [a, b] = placeAll([wish(6), { x: 0, y: 0, width: 18, height: 3 }]);
    expect([a?.x, a?.y, b?.x]).toEqual([18, 0, 0]);
  });

  it('keeps nonsense within the grid', () => {
    expect(placeAll([{ x: 30, y: -4, width: 99, height: 0 }])).toEqual([{ x: 0, y: 0, width: 24, height: 1 }]);
    expect(placeAll([{ x: 0, y: 1e300, width: 1, height: 1e300 }])).toEqual([{ x: 0, y: 20_000, width: 1, height: 1000 }]);
  });
});

describe('moveTo', () => {
  it('pushes down what it covers, and what that covers then', () => {
    const places = placeAll([wish(24, 2), wish(24, 3), wish(24, 4)]);
    const moved = moveTo(places, 2, { x: 0, y: 0, width: 24, height: 4 });
    expect(moved.map((p) => p.y)).toEqual([4, 6, 0]);
    expect(moved.some((a, i) => moved.some((b, j) => i < j && doOverlap(a, b)))).toBe(false);
  });

  it('leaves alone what is elsewhere', () => {
    const places = placeAll([wish(12), wish(12)]);
    expect(moveTo(places, 0, { x: 0, y: 6, width: 12, height: 6 })[1]).toEqual(places[1]);
  });
});
