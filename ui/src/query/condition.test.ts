import { describe, expect, it } from 'vitest';
import { allOf, both, conditionOf, fieldName, quoted } from './condition';

describe('conditions', () => {
  it('quote texts and leave numbers alone', () => {
    expect(conditionOf('srcaddr', '10.0.0.1')).toBe('srcaddr = "10.0.0.1"');
    expect(conditionOf('dstport', 443, true)).toBe('dstport != 443');
    expect(conditionOf('vpc_id', null)).toBe('not ispresent(vpc_id)');
    expect(conditionOf('vpc_id', null, true)).toBe('ispresent(vpc_id)');
  });
  it('cannot be left by a hostile value', () => {
    expect(conditionOf('tag', '" or 1 = 1 | stats count() #')).toBe('tag = "\\" or 1 = 1 | stats count() #"');
    expect(quoted('a\\" b\n')).toBe('"a\\\\\\" b\\n"');
    expect(fieldName('x` | stats')).toBe('`x | stats`');
  });
  it('join with brackets where or would change the meaning', () => {
    expect(both('a = 1 or b = 2', 'c = 3')).toBe('(a = 1 or b = 2) and c = 3');
    expect(both('a = "x or y"', 'c = 3')).toBe('a = "x or y" and c = 3');
    expect(both('', 'c = 3')).toBe('c = 3');
    expect(both('a = 1 and c = 3', 'c = 3')).toBe('a = 1 and c = 3');
    expect(allOf(['a = 1', 'b = 2', 'a = 1'])).toBe('a = 1 and b = 2');
  });
});
