import { describe, expect, it } from 'vitest';
import type { ExploreAnswer } from '../../api/types';
import { filterOfKey, keyLabel, readState, sankeyLinks, tableRows, uniqueLabels, writeState } from './explore_state';

const statistics = { values: [1], total: 1, min: 1, max: 1, avg: 1, last: 1, p95: 1 };

describe('the state', () => {
  it('has defaults, and does not believe the address', () => {
    expect(readState({})).toEqual({ filter: '', by: ['srcaddr'], metric: 'bytes', top: 10, order: 'total', view: 'stacked' });
    expect(readState({ metric: 'dollars', top: '1e9', view: '<x>', order: '' })).toMatchObject({ metric: 'bytes', top: 10, view: 'stacked', order: 'total' });
    expect(readState({ by: 'a,b,c,d,e,f' }).by).toEqual(['a', 'b', 'c', 'd']);
  });
  it('comes back as it was, also without grouping', () => {
    for (const by of [[], ['srcaddr', 'dstport']]) {
      const state = { filter: 'x = 1', by, metric: 'flows', top: 20, order: 'max', view: 'heat' } as const;
      expect(readState(writeState({ ...state, by: [...by] }) as Record<string, string>)).toEqual(state);
    }
  });
});

describe('keys', () => {
  it('have labels that differ', () => {
    expect(keyLabel(['10.0.0.1', 443])).toBe('10.0.0.1 → 443');
    expect(keyLabel([null])).toBe('(none)');
    expect(uniqueLabels([{ key: [null] }, { key: [''] }, { key: ['a'] }])).toEqual(['(none)', '(none) (2)', 'a']);
  });
  it('become conditions', () => {
    expect(filterOfKey(['srcaddr', 'dstport'], ['10.0.0.1', 443])).toBe('srcaddr = "10.0.0.1" and dstport = 443');
    expect(filterOfKey(['srcaddr', 'dstport'], ['10.0.0.1', 443], true)).toBe('not (srcaddr = "10.0.0.1" and dstport = 443)');
    expect(filterOfKey(['action'], ['REJECT'], true)).toBe('action != "REJECT"');
  });
});

describe('views', () => {
  const series = [
    { ...statistics, key: ['a', 'b', 80], total: 10 }, { ...statistics, key: ['a', 'b', 443], total: 5 }, { ...statistics, key: ['b', 'a', 80], total: 0 },
  ];
  it('link neighbouring columns, and a value in two columns is two nodes', () => {
    expect(sankeyLinks({ series, other: null })).toEqual([
      { from: 'a', to: 'b', column: 0, value: 15 }, { from: 'b', to: '80', column: 1, value: 10 }, { from: 'b', to: '443', column: 1, value: 5 },
    ]);
  });
  it('link what is past the greatest groups to itself, apart from a value of that name', () => {
    const named = [{ ...statistics, key: ['Other', 'b'], total: 3 }];
    expect(sankeyLinks({ series: named, other: { ...statistics, total: 7 } })).toEqual([
      { from: 'Other', to: 'b', column: 0, value: 3 }, { from: 'Other', to: 'Other', column: 0, value: 7, isOther: true },
    ]);
  });
  it('show shares of everything, Other among them', () => {
    const answer = { series, other: { ...statistics, total: 5 }, total: { ...statistics, total: 20 } } as unknown as ExploreAnswer;
    expect(tableRows(answer).map((row) => [row.label, row.share])).toEqual([['a → b → 80', 0.5], ['a → b → 443', 0.25], ['b → a → 80', 0], ['Other', 0.25]]);
  });
});
