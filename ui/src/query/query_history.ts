// The queries of this browser, newest first.
import { recall, remember } from '../app/preferences';

export interface PastQuery {
  text: string;
  language: 'insights' | 'sql';
  timeMs: number;
}

const MOST = 50;

export function addToHistory(past: readonly PastQuery[], query: PastQuery): PastQuery[] {
  return [query, ...past.filter((one) => one.text !== query.text)].slice(0, MOST);
}

/** What is kept may be of another version, or of somebody else's making. */
export function readHistory(kept: string | null): PastQuery[] {
  try {
    const list: unknown = JSON.parse(kept ?? '[]');
    if (!Array.isArray(list)) return [];
    return list.filter((one): one is PastQuery =>
      typeof one?.text === 'string' && (one.language === 'insights' || one.language === 'sql') && typeof one.timeMs === 'number').slice(0, MOST);
  } catch {
    return [];
  }
}

export const loadHistory = (): PastQuery[] => readHistory(recall('queries'));

export function keepQuery(query: PastQuery): void {
  remember('queries', JSON.stringify(addToHistory(loadHistory(), query)));
}
