import { expect, it } from 'vitest';
import { tokenOf } from './tokenizer';

function colours(line: string, language: 'insights' | 'sql'): Array<[string, string]> {
  let at = 0;
  const found: Array<[string, string]> = [];
  while (at < line.length) {
    const from = at;
    const kind = tokenOf({
      match: (pattern) => {
        const match = pattern.exec(line.slice(at));
        if (match) at += match[0].length;
        return match;
      },
      next: () => line[at++],
      skipToEnd: () => { at = line.length; },
    }, language);
    expect(at).toBeGreaterThan(from); // each step moves on
    if (kind) found.push([line.slice(from, at), kind]);
  }
  return found;
}

it('colours Insights QL', () => {
  expect(colours('filter srcAddr like /10\\./ | stats count(*) as n by bin(5m) # x', 'insights')).toEqual([
    ['filter', 'keyword'], ['srcAddr', 'propertyName'], ['like', 'keyword'], ['/10\\./', 'regexp'], ['|', 'operator'], ['stats', 'keyword'], ['count', 'call'], ['*', 'operator'],
    ['as', 'keyword'], ['n', 'propertyName'], ['by', 'keyword'], ['bin', 'call'], ['5m', 'number'], ['# x', 'comment'],
  ]);
});
it('colours SQL', () => {
  expect(colours(`SELECT "a b", 'it''s' FROM flows -- x`, 'sql')).toEqual([
    ['SELECT', 'keyword'], ['"a b"', 'propertyName'], [`'it''s'`, 'string'], ['FROM', 'keyword'], ['flows', 'propertyName'], ['-- x', 'comment'],
  ]);
});
it('gets through anything', () => {
  for (const odd of ['"unclosed', "'", '`', '\\ \u0000 ü € 😀', '@', '/', '// /a', '((((']) {
    colours(odd, 'insights');
    colours(odd, 'sql');
  }
});
