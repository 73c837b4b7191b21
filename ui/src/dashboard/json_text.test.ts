import { describe, expect, it } from 'vitest';
import seed from '../../../tests/ui/eight_widgets.json';
import { jsonText } from './json_text';
import type { JsonValue } from './json';

describe('jsonText', () => {
  it('keeps the value', () => {
    const values: JsonValue[] = [seed as unknown as JsonValue, {}, [], [[]], { a: {} }, 'x"\n', 1.5, null, [1, [2, { b: [true] }]], { long: 'y'.repeat(300) }];
    for (const value of values) expect(JSON.parse(jsonText(value))).toEqual(value);
  });

  it('keeps a row of metrics on its line', () => {
    expect(jsonText({ metrics: [['N', 'm', { stat: 'Sum' }], ['.', 'n']] })).toBe('{\n  "metrics": [\n    [ "N", "m", { "stat": "Sum" } ],\n    [ ".", "n" ]\n  ]\n}');
  });

  it('leaves out what is undefined', () => {
    expect(jsonText({ a: undefined, b: 1 })).toBe('{ "b": 1 }');
  });
});
