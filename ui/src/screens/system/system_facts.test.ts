import { expect, it } from 'vitest';
import { factsOf, wordsOf } from './system_facts';

it('makes words of names', () => {
  expect(wordsOf('tooLarge')).toBe('Too large');
  expect(wordsOf('bad_line')).toBe('Bad line');
});
it('shows counters that it does not know', () => {
  expect(factsOf({ series: 12345, bytes: 5000, streamsCut: '9007199254740993' })).toEqual([
    ['Series', '12\u202f345'], ['Bytes', '5 kB'], ['Streams cut', '9\u202f007\u202f199\u202f254\u202f740\u202f993'],
  ]);
});
