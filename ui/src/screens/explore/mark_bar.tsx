import { usePreferences } from '../../app/preferences';
import { usePageTime } from '../../app/time';
import { Button } from '../../parts/button';
import { formatSpan } from '../../time/format';
import type { TimeRange } from '../../time/range';
import { rangeOfSpan } from '../../time/range';
import type { ExploreState, Mark } from './explore_state';

interface MarkBarProps {
  mark: Mark;
  by: ExploreState['by'];
  stepMs: number;
  onClose: () => void;
  onOnly: (mark: Mark) => void;
  onWithout: (mark: Mark) => void;
  onRecords: (mark: Mark, range: TimeRange) => void;
}

/** What can be done with the mark that was clicked. */
export function MarkBar({ mark, by, stepMs, onClose, onOnly, onWithout, onRecords }: MarkBarProps) {
  const time = usePageTime();
  const { zone } = usePreferences();
  const span = mark.timeMs === null ? null : { sinceMs: mark.timeMs, untilMs: mark.timeMs + stepMs };
  const hasKey = mark.key !== null && mark.key.length > 0 && by.length > 0;
  return (
    <div class="mark-bar" role="dialog" aria-label={`Chosen: ${mark.label}`}>
      <p><strong class="mono">{mark.label}</strong>{span && <span class="muted"> {formatSpan(span, zone)}</span>}</p>
      <div class="toolbar">
        {hasKey && <Button icon="filter" onClick={() => onOnly(mark)}>Only this</Button>}
        {hasKey && <Button onClick={() => onWithout(mark)}>Without it</Button>}
        <Button icon="flows" onClick={() => onRecords(mark, span ? rangeOfSpan(span) : rangeOfSpan(time.span))}>Records</Button>
        {span && <Button onClick={() => time.setSpan({ sinceMs: span.sinceMs - stepMs * 5, untilMs: span.untilMs + stepMs * 5 })}>Zoom to it</Button>}
        <Button kind="quiet" icon="close" label="Close" onClick={onClose} />
      </div>
    </div>
  );
}
