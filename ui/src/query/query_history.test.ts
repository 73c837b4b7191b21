import { expect, it } from 'vitest';
import { addToHistory, readHistory } from './query_history';

const query = (text: string) => ({ text, language: 'sql' as const, timeMs: 1 });

it('has the newest first, each once, fifty at most', () => {
  expect(addToHistory([query('a'), query('b')], query('b')).map((one) => one.text)).toEqual(['b', 'a']);
  const many = Array.from({ length: 60 }, (_, index) => query(String(index)));
  expect(addToHistory(many, query('new'))).toHaveLength(50);
});
it('passes over what it does not know', () => {
  expect(readHistory('nonsense')).toEqual([]);
  expect(readHistory('{"a":1}')).toEqual([]);
  expect(readHistory(JSON.stringify([null, 1, { text: 5 }, query('a')]))).toEqual([query('a')]);
  expect(readHistory(null)).toEqual([]);
});
