import { describe, expect, it } from 'vitest';
import { fileName, shellWord, toCsv, toJson } from './export';

const oneCell = (cell: string) => toCsv({ columns: ['a'], rows: [[cell]] }).split('\r\n').slice(1, -1).join('\r\n');

describe('CSV', () => {
  it.each(['=1+1', '+1+1', '-2+3', '@SUM(A1)', '\t=1', '=HYPERLINK("http://x","y")', ' =1+1'])('makes the formula %j text', (cell) => {
    const written = oneCell(cell);
    expect(written.startsWith(`"'`)).toBe(true);
  });
  it.each([['-12', '-12'], ['+3.5', '+3.5'], ['10.0.0.1', '10.0.0.1'], ['plain', 'plain'], ['2026-03-01', '2026-03-01']])('leaves %j alone', (cell, text) => expect(oneCell(cell)).toBe(text));
  it('quotes separators, quotes and line ends', () => {
    expect(oneCell('a,b')).toBe('"a,b"');
    expect(oneCell('say "x"')).toBe('"say ""x"""');
    expect(oneCell('a\nb')).toBe('"a\nb"');
  });
  it('writes absent cells as nothing and numbers as they are', () => {
    expect(toCsv({ columns: ['a', 'b', 'c'], rows: [[null, -1, undefined]] })).toBe('a,b,c\r\n,-1,\r\n');
  });
  it('neutralises headings too', () => expect(toCsv({ columns: ['=cmd'], rows: [] })).toBe(`"'=cmd"\r\n`));
});

describe('other forms', () => {
  it('writes rows as objects', () => expect(JSON.parse(toJson({ columns: ['a', 'b'], rows: [[1, null]] }))).toEqual([{ a: 1, b: null }]));
  it('quotes words of a shell', () => {
    expect(shellWord('/a/b-c_1.gz')).toBe('/a/b-c_1.gz');
    expect(shellWord(`it's; rm -rf $HOME`)).toBe(`'it'\\''s; rm -rf $HOME'`);
  });
  it('names files without anything odd', () => expect(fileName('../Top <b>pairs</b>', 'csv', 0)).toBe('weir-top-b-pairs-b-1970-01-01T000000.csv'));
});
