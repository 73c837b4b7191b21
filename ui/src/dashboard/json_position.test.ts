import { describe, expect, it } from 'vitest';
import { findJsonError } from './json_position';

describe('findJsonError', () => {
  it.each(['{"a":[1,-2.5e3,"x\\u00e9",null,{}]}', '[]', ' "x" ', '0', '[[[]]]'])('finds none in %s', (text) => {
    expect(findJsonError(text)).toBeUndefined();
  });

  it.each([
    ['{\n "widgets": [,]\n}', 2, 14],
    ['{"a":1,}', 1, 8],
    ['{"a" 1}', 1, 6],
    ['[1 2]', 1, 4],
    ['{"a":"\n"}', 1, 6],
    ['', 1, 1],
    ['[1]x', 1, 4],
    ['[1}', 1, 3],
    ["{'a':1}", 1, 2],
    ['[01]', 1, 3],
  ])('points into %j', (text, line, column) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(findJsonError(text)).toMatchObject({ line, column });
  });

  it('agrees with JSON.parse on mutilated texts', () => {
    const whole = '{"widgets":[{"type":"text","x":0,"properties":{"markdown":"# a\\n"}},true,1.5]}';
    for (let i = 0; i < whole.length; ++i) {
      for (const text of [whole.slice(0, i), whole.slice(0, i) + whole.slice(i + 1), `${whole.slice(0, i)},${whole.slice(i)}`]) {
        let isRefused = false;
        try {
          JSON.parse(text);
        } catch {
          isRefused = true;
        }
        expect([text, findJsonError(text) !== undefined]).toEqual([text, isRefused]);
      }
    }
  });

  it('takes depth', () => expect(findJsonError('['.repeat(100_000))?.offset).toBe(100_000));
});
