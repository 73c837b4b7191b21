import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { get } from '../api/client';
import type { Coverage } from '../api/types';
import { useAnswer } from '../api/use_answer';
import { usePageTime } from './time';

const CoverageContext = createContext<Coverage | null>(null);

/** How complete the span of the page is; null until that is known. */
export const useCoverage = (): Coverage | null => useContext(CoverageContext);

/** Asked once a span: whoever tells of it tells the same. */
export function CoverageProvider({ children }: { children: ComponentChildren }) {
  const time = usePageTime();
  const { answer } = useAnswer<Coverage>(time.key, (signal) =>
    get('/coverage', { since: time.span.sinceMs, until: time.span.untilMs, points: 240 }, signal));
  return <CoverageContext.Provider value={answer}>{children}</CoverageContext.Provider>;
}
