import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { Span, TimeRange } from '../time/range';
import { isMoving, rangeOfSpan, REFRESH_STEPS_S, resolveRange } from '../time/range';
import { useNavigation } from './place';

export interface PageTime {
  range: TimeRange;
  /** The span asked for at the last refresh. */
  span: Span;
  /** For keys of useAnswer: changes with the range and at each refresh. */
  key: string;
  refreshS: number;
  /** Whether the previous period is drawn behind. */
  isCompared: boolean;
  setRange: (range: TimeRange) => void;
  setSpan: (span: Span) => void;
  setRefresh: (seconds: number) => void;
  setCompared: (isCompared: boolean) => void;
  refresh: () => void;
}

const TimeContext = createContext<PageTime | null>(null);

export function usePageTime(): PageTime {
  const time = useContext(TimeContext);
  if (!time) throw new Error('usePageTime outside of TimeProvider');
  return time;
}

const DEFAULT_SINCE = '1h';

export function TimeProvider({ children }: { children: ComponentChildren }) {
  const { place, set } = useNavigation();
  const since = place.parameters.since ?? DEFAULT_SINCE;
  const until = place.parameters.until ?? 'now';
  const asked = Number(place.parameters.refresh ?? 0);
  const refreshS = REFRESH_STEPS_S.includes(asked as (typeof REFRESH_STEPS_S)[number]) ? asked : 0;
  const isCompared = place.parameters.before === '1';
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (refreshS === 0 || !isMoving({ since, until })) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setTick((count) => count + 1);
    }, refreshS * 1000);
    return () => clearInterval(timer);
  }, [refreshS, since, until]);
  const value = useMemo<PageTime>(() => {
    const range = { since, until };
    const span = resolveRange(range, Date.now());
    const setRange = (next: TimeRange) => set({ since: next.since, until: next.until === 'now' ? undefined : next.until });
    return {
      range, span, refreshS, isCompared, setRange,
      key: `${span.sinceMs}-${span.untilMs}-${tick}`,
      setSpan: (next) => setRange(rangeOfSpan(next)),
      setRefresh: (seconds) => set({ refresh: seconds ? String(seconds) : undefined }, 'replace'),
      setCompared: (next) => set({ before: next ? '1' : undefined }, 'replace'),
      refresh: () => setTick((count) => count + 1),
    };
    // `set` reads the address anew, so that an older one does no harm.
  }, [since, until, refreshS, isCompared, tick]);
  return <TimeContext.Provider value={value}>{children}</TimeContext.Provider>;
}
