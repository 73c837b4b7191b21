import type { State } from '../../alarm/breaches';

const WORDS: Record<State, string> = { OK: 'OK', ALARM: 'ALARM', INSUFFICIENT_DATA: 'NO DATA', unknown: 'unknown' };
const MARKS: Record<State, string> = {
  OK: 'M3 8.5l3 3 7-7',
  ALARM: 'M8 2.5l6 11H2zM8 6.5v3.5M8 12h.01',
  INSUFFICIENT_DATA: 'M3 8h10',
  unknown: 'M6 6a2 2 0 1 1 2.6 2L8 9.5M8 12h.01',
};

/** A state by colour, mark and word. */
export function StateTag({ state }: { state: State }) {
  return (
    <span class={`state state-${state}`} title={state === 'INSUFFICIENT_DATA' ? 'INSUFFICIENT_DATA: there are no data points to judge' : state}>
      <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
        <path d={MARKS[state]} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
      </svg>
      {WORDS[state]}
    </span>
  );
}
