// Where a series lies beyond its threshold, and when an alarm was in which state.

export interface Interval {
  fromMs: number;
  untilMs: number;
}

export function isBreaching(value: number, comparison: string, threshold: number): boolean {
  switch (comparison) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
    default:
      return false;
  }
}

// Neighbouring periods that breach are one interval; a period without data ends it.
export function breachingIntervals(
  timesMs: readonly number[],
  values: readonly (number | null)[],
  periodMs: number,
  comparison: string,
  threshold: number,
): Interval[] {
  const intervals: Interval[] = [];
  timesMs.forEach((fromMs, i) => {
    const value = values[i];
    if (value === null || value === undefined || !isBreaching(value, comparison, threshold)) {
      return;
    }
    const last = intervals.at(-1);
    if (last && last.untilMs >= fromMs) {
      last.untilMs = fromMs + periodMs;
    } else {
      intervals.push({ fromMs, untilMs: fromMs + periodMs });
    }
  });
  return intervals;
}

export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | 'unknown';

export interface Stretch extends Interval {
  state: State;
}

export interface Transition {
  timeMs: number;
  from: State;
  to: State;
}

export function stateOf(text: unknown): State {
  return text === 'OK' || text === 'ALARM' || text === 'INSUFFICIENT_DATA' ? text : 'unknown';
}

// "Alarm updated from OK to ALARM"
export function transitionOf(timeMs: number, summary: string): Transition | undefined {
  const match = /from (OK|ALARM|INSUFFICIENT_DATA) to (OK|ALARM|INSUFFICIENT_DATA)/.exec(summary);
  return match ? { timeMs, from: stateOf(match[1]), to: stateOf(match[2]) } : undefined;
}

// The states over a range, from its transitions in any order. `now` is the state at the end where no
// transition tells; before the first one stands what it came from, and nothing before the alarm was made.
export function timelineOf(
  transitions: readonly Transition[],
  now: State,
  sinceMs: number,
  untilMs: number,
  createdMs: number | undefined,
): Stretch[] {
  const sorted = [...transitions].sort((a, b) => a.timeMs - b.timeMs);
  const later = sorted.find((transition) => transition.timeMs >= sinceMs);
  const stretches: Stretch[] = [];
  let state = later ? later.from : (sorted.at(-1)?.to ?? now);
  let fromMs = Math.max(sinceMs, Math.min(createdMs ?? sinceMs, untilMs));
  if (fromMs > sinceMs) {
    stretches.push({ fromMs: sinceMs, untilMs: fromMs, state: 'unknown' });
  }
  for (const transition of sorted) {
    if (transition.timeMs <= fromMs) {
      state = transition.timeMs >= sinceMs || transition.timeMs === fromMs ? transition.to : state;
      continue;
    }
    if (transition.timeMs >= untilMs) {
      break;
    }
    stretches.push({ fromMs, untilMs: transition.timeMs, state });
    fromMs = transition.timeMs;
    state = transition.to;
  }
  if (untilMs > fromMs) {
    stretches.push({ fromMs, untilMs, state });
  }
  return stretches;
}
