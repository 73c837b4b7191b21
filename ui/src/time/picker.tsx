import { useEffect, useState } from 'preact/hooks';
import { usePreferences } from '../app/preferences';
import { usePageTime } from '../app/time';
import { Button, Select } from '../parts/button';
import { Popover } from '../parts/popover';
import { formatLength, formatRange, formatSpan } from './format';
import { isMoving, parseRange, previousSpan, QUICK_RANGES, REFRESH_STEPS_S, shiftSpan, zoomOut } from './range';

function RangeBox({ close }: { close: () => void }) {
  const time = usePageTime();
  const { zone, setZone } = usePreferences();
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  const preview = typed.trim() ? parseRange(typed, Date.now(), zone) : null;
  return (
    <div class="range-box">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!preview) {
            setWrong(true);
            return;
          }
          time.setRange(preview);
          close();
        }}
      >
        <label>
          <span>Type a time</span>
          <input
            type="text"
            value={typed}
            placeholder="2h, yesterday 14:00, 2026-03-01 to 2026-03-04"
            aria-invalid={isWrong}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setWrong(false);
            }}
          />
        </label>
        <Button kind="primary" type="submit">Apply</Button>
      </form>
      <p class={`small ${isWrong ? 'bad' : 'muted'}`}>
        {isWrong
          ? 'Not a time. Try 90m, 2d, today, monday 09:00, or FROM to UNTIL.'
          : preview
            ? formatRange(preview, { sinceMs: Date.parse(preview.since) || Date.now(), untilMs: Date.parse(preview.until) || Date.now() }, zone)
            : `Now ${formatSpan(time.span, zone)}`}
      </p>
      <div class="quick-ranges">
        {QUICK_RANGES.map((quick) => (
          <Button
            key={quick.since}
            kind="quiet"
            isPressed={time.range.since === quick.since && time.range.until === 'now'}
            onClick={() => {
              time.setRange({ since: quick.since, until: 'now' });
              close();
            }}
          >
            {quick.label}
          </Button>
        ))}
      </div>
      <div class="range-options">
        <Select
          label="Refresh"
          value={String(time.refreshS)}
          options={REFRESH_STEPS_S.map((seconds) => ({ value: String(seconds), label: seconds === 0 ? 'Off' : `Every ${formatLength(seconds * 1000)}` }))}
          onChange={(value) => time.setRefresh(Number(value))}
        />
        <Select
          label="Times in"
          value={zone}
          options={[{ value: 'local', label: `Local (${Intl.DateTimeFormat().resolvedOptions().timeZone})` }, { value: 'utc', label: 'UTC' }]}
          onChange={setZone}
        />
      </div>
    </div>
  );
}

/** Range, arrows, zoom and refresh, the same on every screen; the previous period where it is drawn. */
export function TimePicker({ canCompare }: { canCompare: boolean }) {
  const time = usePageTime();
  const { zone } = usePreferences();
  const [, redraw] = useState(0);
  useEffect(() => redraw((count) => count + 1), [time.key]);
  const before = previousSpan(time.span);
  return (
    <div class="time-picker">
      <Button icon="left" label="Earlier ( , )" onClick={() => time.setSpan(shiftSpan(time.span, -1, Date.now()))} />
      <Popover
        icon="clock"
        label="Time range"
        align="right"
        text={<>{formatRange(time.range, time.span, zone)}{zone === 'utc' && <small class="zone">UTC</small>}</>}
      >
        {(close) => <RangeBox close={close} />}
      </Popover>
      <Button icon="right" label="Later ( . )" isDisabled={isMoving(time.range)} onClick={() => time.setSpan(shiftSpan(time.span, 1, Date.now()))} />
      <Button icon="zoomOut" label="Zoom out ( - )" onClick={() => time.setSpan(zoomOut(time.span, Date.now()))} />
      {canCompare && (
        <Button
          class="compare"
          isPressed={time.isCompared}
          title={`Draw the period before behind: ${formatSpan(before, zone)}`}
          onClick={() => time.setCompared(!time.isCompared)}
        >
          Previous
        </Button>
      )}
      <Button icon="refresh" label="Refresh ( r )" onClick={time.refresh}>
        {time.refreshS ? formatLength(time.refreshS * 1000) : undefined}
      </Button>
    </div>
  );
}
