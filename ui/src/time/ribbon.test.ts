import { describe, expect, it } from 'vitest';
import type { Coverage } from '../api/types';
import { coverageWords, ribbonOf, ribbonText } from './ribbon';

const coverage = (changes: Partial<Coverage>): Coverage => ({
  stepMs: 10, timesMs: [0, 10, 20, 30], records: [5, 5, 5, 5], skipdata: [0, 0, 0, 0], nodata: [0, 0, 0, 0], gaps: [], newestMs: 40, oldestMs: 0, ...changes,
});
const span = { sinceMs: 0, untilMs: 40 };
const kinds = (changes: Partial<Coverage>) => ribbonOf(coverage(changes), span).map((piece) => [piece.kind, piece.fromMs, piece.untilMs]);

describe('the ribbon', () => {
  it('is one piece where all is well', () => expect(kinds({})).toEqual([['records', 0, 40]]));
  it('shows gaps and lost records over records', () => {
    expect(kinds({ gaps: [{ fromMs: 5, untilMs: 15 }], skipdata: [0, 0, 1, 0] })).toEqual([
      ['records', 0, 5], ['gap', 5, 15], ['records', 15, 20], ['skipdata', 20, 30], ['records', 30, 40],
    ]);
  });
  it('tells quiet from what has not arrived', () => {
    expect(kinds({ records: [5, 0, 0, 0], newestMs: 20 })).toEqual([['records', 0, 10], ['quiet', 10, 40]]);
    expect(kinds({ timesMs: [0, 10], records: [5, 5], skipdata: [0, 0], newestMs: 20 })).toEqual([['records', 0, 20], ['ahead', 20, 40]]);
  });
  it('clips to the span', () => expect(kinds({ gaps: [{ fromMs: -50, untilMs: 10 }, { fromMs: 35, untilMs: 900 }] })).toEqual([['gap', 0, 10], ['records', 10, 35], ['gap', 35, 40]]));
  it('covers the span without holes for any input', () => {
    const ribbon = ribbonOf(coverage({ gaps: [{ fromMs: 3, untilMs: 33 }, { fromMs: 8, untilMs: 9 }], skipdata: [1, 0, 0, 2] }), span);
    expect(ribbon[0]!.fromMs).toBe(0);
    expect(ribbon.at(-1)!.untilMs).toBe(40);
    for (let index = 1; index < ribbon.length; index += 1) expect(ribbon[index]!.fromMs).toBe(ribbon[index - 1]!.untilMs);
  });
  it('says it in a sentence', () => {
    const answer = coverage({ gaps: [{ fromMs: 5, untilMs: 15 }], skipdata: [0, 0, 3, 0] });
    expect(ribbonText(answer, ribbonOf(answer, span))).toBe('20 records, 1 gap (10 ms), AWS lost records in 3 windows (SKIPDATA)');
    const nothing = coverage({ records: [0, 0, 0, 0] });
    expect(ribbonText(nothing, ribbonOf(nothing, span))).toBe('No records in this time');
  });
  it('calls complete only what lost nothing', () => {
    const words = (changes: Partial<Coverage>) => coverageWords(coverage(changes), ribbonOf(coverage(changes), span));
    expect(words({})).toEqual({ value: 'Complete', note: '' });
    expect(words({ skipdata: [0, 1, 0, 0] })).toEqual({ value: 'Records lost', note: 'SKIPDATA in 1 window.' });
    expect(words({ gaps: [{ fromMs: 5, untilMs: 15 }], skipdata: [0, 2, 0, 0] })).toEqual({ value: '1 gap', note: '10 ms missing. SKIPDATA in 2 windows.' });
    expect(words({ records: [0, 0, 0, 0] }).value).toBe('No records');
  });
});
