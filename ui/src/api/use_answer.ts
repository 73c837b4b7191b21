import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from './client';
import { problemFrom } from './client';

export interface Loaded<T> {
  answer: T | null;
  problem: Problem | null;
  isLoading: boolean;
}

/**
 * Asks when `key` changes and aborts what is under way then. The answer before stays while the next one
 * comes, so that nothing jumps. A null key asks nothing.
 */
export function useAnswer<T>(key: string | null, ask: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({ answer: null, problem: null, isLoading: key !== null });
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (key === null) {
      setState({ answer: null, problem: null, isLoading: false });
      return;
    }
    const controller = new AbortController();
    setState((before) => ({ ...before, isLoading: true }));
    latest.current(controller.signal).then(
      (answer) => {
        if (!controller.signal.aborted) setState({ answer, problem: null, isLoading: false });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setState((before) => ({ answer: before.answer, problem: problemFrom(error), isLoading: false }));
      },
    );
    return () => controller.abort();
  }, [key]);
  return state;
}
