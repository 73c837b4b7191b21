import { usePreferences } from '../../app/preferences';
import type { Stretch } from '../../alarm/breaches';
import { formatLength, formatMoment, formatShort } from '../../time/format';
import type { Span } from '../../time/range';

function wordOf(state: string): string {
  return state === 'unknown' ? 'not there yet' : state;
}

/** The states of a span as one bar. */
export function StateBar({ label, stretches, span }: { label: string; stretches: readonly Stretch[]; span: Span }) {
  const { zone } = usePreferences();
  const lengthMs = span.untilMs - span.sinceMs;
  const sums = new Map<string, number>();
  for (const stretch of stretches) sums.set(stretch.state, (sums.get(stretch.state) ?? 0) + stretch.untilMs - stretch.fromMs);
  const said = [...sums].map(([state, ms]) => `${wordOf(state)} ${formatLength(ms)}`).join(', ');
  return (
    <figure class="state-bar" data-drawn={JSON.stringify({ kind: 'states', stretches })}>
      <svg viewBox="0 0 1000 18" preserveAspectRatio="none" role="img" aria-label={`${label}: ${said}`}>
        {stretches.map((stretch) => (
          <rect
            key={stretch.fromMs}
            class={`fill-${stretch.state}`}
            x={((stretch.fromMs - span.sinceMs) / lengthMs) * 1000}
            width={Math.max(1.5, ((stretch.untilMs - stretch.fromMs) / lengthMs) * 1000)}
            y="0"
            height="18"
          >
            <title>{`${wordOf(stretch.state)}: ${formatMoment(stretch.fromMs, zone)} to ${formatMoment(stretch.untilMs, zone)} (${formatLength(stretch.untilMs - stretch.fromMs)})`}</title>
          </rect>
        ))}
      </svg>
      <figcaption>
        <span>{formatShort(span.sinceMs, zone, span)}</span>
        <span>{said}</span>
        <span>{formatShort(span.untilMs, zone, span)}</span>
      </figcaption>
    </figure>
  );
}
