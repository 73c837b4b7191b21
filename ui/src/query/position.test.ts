import { expect, it } from 'vitest';
import { rangeOfPosition } from './position';

it('turns bytes into places of an editor', () => {
  expect(rangeOfPosition('filter x', { offset: 7, length: 1 })).toEqual({ from: 7, to: 8 });
  // ü has two bytes, the emoji four bytes and two units.
  expect(rangeOfPosition('"ü" = x', { offset: 7, length: 1 })).toEqual({ from: 6, to: 7 });
  expect(rangeOfPosition('"😀" = x', { offset: 9, length: 1 })).toEqual({ from: 7, to: 8 });
});
it('stays within the text', () => {
  expect(rangeOfPosition('abc', { offset: 99, length: 5 })).toEqual({ from: 2, to: 3 });
  expect(rangeOfPosition('', { offset: 0, length: 0 })).toEqual({ from: 0, to: 0 });
  expect(rangeOfPosition('abc', { offset: 1, length: 0 })).toEqual({ from: 1, to: 2 });
});
