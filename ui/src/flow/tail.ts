import { useEffect, useRef, useState } from 'preact/hooks';
import { address } from '../api/client';
import type { FlowRecord } from '../api/types';
import { addNewest } from './columns';

export const MOST_TAILED = 2000;
const DRAW_EVERY_MS = 250;

export interface Tail {
  records: FlowRecord[];
  state: 'connecting' | 'open' | 'lost';
  /** Came while the view was paused. */
  waiting: number;
  /** Came faster than the server could send them here. */
  dropped: number;
}

const NOTHING: Tail = { records: [], state: 'connecting', waiting: 0, dropped: 0 };

/** Records as they come. A lost connection is taken up again by the browser; what came in between is in the history. */
export function useTail(isLive: boolean, filter: string, isPaused: boolean): Tail {
  const [tail, setTail] = useState<Tail>(NOTHING);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  useEffect(() => {
    setTail(NOTHING);
    if (!isLive) return;
    const source = new EventSource(address('/flows/tail', { filter }));
    let fresh: FlowRecord[] = [];
    source.addEventListener('open', () => setTail((before) => ({ ...before, state: 'open' })));
    source.addEventListener('error', () => setTail((before) => ({ ...before, state: 'lost' })));
    source.addEventListener('record', (event) => {
      fresh.push(JSON.parse((event as MessageEvent<string>).data) as FlowRecord);
      if (fresh.length > MOST_TAILED) fresh = fresh.slice(-MOST_TAILED);
    });
    source.addEventListener('dropped', (event) => {
      const { count } = JSON.parse((event as MessageEvent<string>).data) as { count: number };
      setTail((before) => ({ ...before, dropped: before.dropped + count }));
    });
    const timer = setInterval(() => {
      if (paused.current) {
        setTail((before) => (before.waiting === fresh.length ? before : { ...before, waiting: fresh.length }));
        return;
      }
      if (fresh.length === 0) return;
      const drawn = fresh;
      fresh = [];
      setTail((before) => ({ ...before, state: 'open', waiting: 0, records: addNewest(before.records, drawn, MOST_TAILED) }));
    }, DRAW_EVERY_MS);
    return () => {
      source.close();
      clearInterval(timer);
    };
  }, [isLive, filter]);
  return tail;
}
