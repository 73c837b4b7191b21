import { useCoverage } from '../app/coverage';
import { usePreferences } from '../app/preferences';
import { usePageTime } from '../app/time';
import { formatAgo, formatMoment, formatSpan } from '../time/format';
import { ribbonOf, ribbonText } from '../time/ribbon';
import { Button } from './button';

const KIND_TEXT = {
  records: 'Records', quiet: 'No records', skipdata: 'SKIPDATA: AWS lost records', gap: 'Gap: no record covers this', ahead: 'Nothing arrived yet',
};

/** How complete the span of the page is: one thin line with a sentence. */
export function CompletenessRibbon() {
  const time = usePageTime();
  const { zone } = usePreferences();
  const answer = useCoverage();
  if (!answer) return <div class="ribbon" aria-hidden="true" />;
  const ribbon = ribbonOf(answer, time.span);
  const lengthMs = time.span.untilMs - time.span.sinceMs;
  const place = (ms: number) => ((ms - time.span.sinceMs) / lengthMs) * 1000;
  const isElsewhere = answer.newestMs !== null && answer.oldestMs !== null &&
    (answer.newestMs < time.span.sinceMs || answer.oldestMs > time.span.untilMs);
  const sentence = ribbonText(answer, ribbon);
  return (
    <div class="ribbon" data-kinds={ribbon.map((piece) => piece.kind).join(' ')}>
      <svg viewBox="0 0 1000 4" preserveAspectRatio="none" role="img" aria-label={`Completeness: ${sentence}`}>
        {/* Records were lost there, not all of them: the line goes on above. */}
        {ribbon.filter((piece) => piece.kind === 'skipdata').map((piece) => (
          <rect key={`under${piece.fromMs}`} class="records" x={place(piece.fromMs)} width={place(piece.untilMs) - place(piece.fromMs)} y="0" height="2.5" />
        ))}
        {ribbon.map((piece) => (
          <rect key={piece.fromMs} class={piece.kind} x={place(piece.fromMs)} width={Math.max(place(piece.untilMs) - place(piece.fromMs), 0)} y={piece.kind === 'skipdata' ? 2.5 : 0} height={piece.kind === 'skipdata' ? 1.5 : 4}>
            <title>{`${KIND_TEXT[piece.kind]}: ${formatSpan({ sinceMs: piece.fromMs, untilMs: piece.untilMs }, zone)}`}</title>
          </rect>
        ))}
      </svg>
      <p>
        <span>{sentence}</span>
        {answer.newestMs !== null && (
          <span title={formatMoment(answer.newestMs, zone)}>newest {formatAgo(answer.newestMs, Date.now())}</span>
        )}
        {isElsewhere && (
          <Button kind="quiet" onClick={() => time.setSpan({ sinceMs: Math.max(answer.oldestMs!, answer.newestMs! - 86_400_000), untilMs: answer.newestMs! + 1000 })}>
            Show what is stored
          </Button>
        )}
      </p>
    </div>
  );
}
