import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../api/types';
import type { Grammar } from './completion';
import { complete } from './completion';

const catalogue: Catalogue = {
  fields: ['srcaddr', 'dstaddr', 'dstport', 'action', 'bytes', 'pkt_srcaddr'].map((name) => ({ name, aliases: name === 'pkt_srcaddr' ? ['pkt-srcaddr'] : name === 'srcaddr' ? ['srcAddr'] : [], type: 'text', summary: `about ${name}`, isDerived: false })),
  functions: [
    { name: 'isIpInSubnet', signature: 'isIpInSubnet(address, text)', summary: '', languages: ['insights'] },
    { name: 'date_trunc', signature: 'date_trunc(text, time)', summary: '', languages: ['sql'] },
  ],
  keywords: { insights: ['fields', 'filter', 'stats', 'by'], sql: ['select', 'from', 'where'] },
};
/** Completes at the mark | written as ‸. */
const at = (marked: string, grammar: Grammar = 'condition') => {
  const cursor = marked.indexOf('‸');
  return complete(marked.replace('‸', ''), cursor, catalogue, grammar);
};
const texts = (marked: string, grammar: Grammar = 'condition') => at(marked, grammar)?.options.map((option) => option.text) ?? [];

describe('in a condition', () => {
  it('begins with fields and functions', () => {
    expect(texts('‸')).toContain('srcaddr');
    expect(texts('‸')).toContain('isIpInSubnet()');
    expect(texts('‸')).not.toContain('date_trunc()');
  });
  it('narrows by what is typed, beginnings first', () => {
    expect(texts('src‸')).toEqual(['srcaddr', 'pkt_srcaddr']);
    expect(at('action = "x" and ds‸')).toMatchObject({ from: 17, to: 19 });
  });
  it('offers operators after a field, in any spelling', () => {
    expect(texts('srcAddr ‸')).toContain('=');
    expect(texts('pkt-srcaddr ‸')).toContain('in []');
    expect(texts('`pkt-srcaddr` ‸')).toContain('=');
  });
  it('asks for values after an operator, in quotes and in lists', () => {
    expect(at('action = ‸')?.values).toEqual({ field: 'action', prefix: '', isInQuotes: false });
    expect(at('action = "RE‸')?.values).toEqual({ field: 'action', prefix: 'RE', isInQuotes: true });
    expect(at('dstport in [22, 3‸')?.values).toEqual({ field: 'dstport', prefix: '3', isInQuotes: false });
    expect(at('srcAddr not in ["10.‸')?.values).toEqual({ field: 'srcaddr', prefix: '10.', isInQuotes: true });
  });
  it('replaces the text with its opening quote', () => expect(at('action = "RE‸')).toMatchObject({ from: 9, to: 12 }));
  it('joins after a value', () => expect(texts('action = "REJECT" ‸')).toEqual(['and', 'or']));
  it('is silent in a comment and where a word is complete', () => {
    expect(at('action = "x" # sr‸')).toBeNull();
    expect(at('dstaddr‸')).toBeNull();
  });
  it('is not led astray by quotes within texts', () => expect(texts('action = "a\\"b and" ‸')).toEqual(['and', 'or']));
});

describe('in Insights QL', () => {
  it('begins commands after a pipe', () => {
    expect(texts('‸', 'insights')[0]).toBe('fields');
    expect(texts('filter action = "REJECT" | st‸', 'insights')).toEqual(['stats', 'unnest']);
  });
  it('knows the command it is in', () => {
    expect(texts('filter dstport ‸', 'insights')).toContain('>=');
    expect(texts('stats sum(bytes) ‸', 'insights').slice(0, 2)).toEqual(['as', 'by']);
    expect(texts('stats sum(bytes) by ds‸', 'insights')).toEqual(['dstaddr', 'dstport']);
    expect(texts('fields a | sort bytes ‸', 'insights')).toEqual(['desc', 'asc']);
  });
});

describe('in SQL', () => {
  it('begins with keywords, then offers all', () => {
    expect(texts('‸', 'sql')).toEqual(['SELECT', 'FROM', 'WHERE']);
    expect(texts('SELECT d‸', 'sql')).toEqual(['dstaddr', 'dstport', 'date_trunc()', 'srcaddr', 'pkt_srcaddr']);
  });
  it('asks for values there too', () => expect(at("SELECT * FROM flows WHERE action = 'R‸", 'sql')?.values).toEqual({ field: 'action', prefix: 'R', isInQuotes: true }));
});

it('never throws, whatever is typed', () => {
  const odd = 'filter "a\'b` |in [(,=~ <>#-- \\ 12e @x';
  for (let cursor = 0; cursor <= odd.length; cursor += 1) {
    for (const grammar of ['condition', 'insights', 'sql'] as const) expect(() => complete(odd, cursor, catalogue, grammar)).not.toThrow();
  }
});
