import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api/client';
import { problemFrom, streamLines } from '../api/client';
import type { EmptyCause, Report } from '../api/types';
import type { ResultCell, ResultColumn } from './result';

export interface QueryEnd {
  rowCount: number;
  isTruncated: boolean;
  warnings: Array<{ code?: string; message: string; position?: { offset: number; length: number } | null }>;
  report?: Report;
  elapsedMs: number;
  answeredFrom: string | null;
  emptyBecause: EmptyCause[];
}

export interface QueryRun {
  columns: ResultColumn[];
  rows: ResultCell[][];
  progress: { rowsRead: number; rowsTotal: number | null; elapsedMs: number } | null;
  end: QueryEnd | null;
  problem: Problem | null;
  isRunning: boolean;
}

export interface QueryQuestion {
  query: string;
  language: 'insights' | 'sql';
  since: number;
  until: number;
  maxRows: number;
}

const IDLE: QueryRun = { columns: [], rows: [], progress: null, end: null, problem: null, isRunning: false };

type Line = { type: string } & Record<string, unknown>;

/** A query whose rows show as they come. Leaving the screen or asking again closes the connection, which cancels it. */
export function useQueryRun(): { run: QueryRun; ask: (question: QueryQuestion) => void; cancel: () => void } {
  const [run, setRun] = useState<QueryRun>(IDLE);
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);
  const ask = useCallback((question: QueryQuestion) => {
    controller.current?.abort();
    const mine = new AbortController();
    controller.current = mine;
    let next: QueryRun = { ...IDLE, isRunning: true };
    let isPlanned = false;
    setRun((before) => ({ ...before, isRunning: true, progress: null, problem: null, end: null }));
    // Many lines may come in one turn; what they add up to is drawn once a frame.
    const show = () => {
      if (isPlanned) return;
      isPlanned = true;
      setTimeout(() => {
        isPlanned = false;
        if (!mine.signal.aborted) setRun(next);
      }, 16);
    };
    const take = (given: unknown) => {
      const line = given as Line;
      if (line.type === 'columns') next = { ...next, columns: line.columns as ResultColumn[] };
      else if (line.type === 'rows') next = { ...next, rows: next.rows.concat(line.rows as ResultCell[][]) };
      else if (line.type === 'progress') next = { ...next, progress: line as unknown as QueryRun['progress'] };
      else if (line.type === 'end') next = { ...next, end: line as unknown as QueryEnd, isRunning: false };
      else if (line.type === 'problem') next = { ...next, problem: { title: 'The query failed', status: 0, detail: '', ...line } as Problem, isRunning: false };
      show();
    };
    streamLines('/query', question, take, mine.signal).then(
      () => {
        if (!next.end && !next.problem) {
          next = { ...next, problem: { title: 'The answer is not complete', status: 0, detail: 'The server closed the connection before the end of the answer.', nextStep: 'Ask again.' } };
        }
        next = { ...next, isRunning: false };
        show();
      },
      (error: unknown) => {
        if (mine.signal.aborted) return;
        next = { ...next, problem: problemFrom(error), isRunning: false };
        show();
      },
    );
  }, []);
  const cancel = useCallback(() => {
    controller.current?.abort();
    setRun((before) => ({ ...before, isRunning: false, progress: null }));
  }, []);
  return { run, ask, cancel };
}
