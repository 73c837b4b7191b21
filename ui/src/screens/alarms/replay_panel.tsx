import { useState } from 'preact/hooks';
import { useAnswer } from '../../api/use_answer';
import { usePreferences } from '../../app/preferences';
import { momentMs, replayAlarm, type Replay } from '../../alarm/api';
import { stateOf, timelineOf, type Stretch } from '../../alarm/breaches';
import { Button, Select } from '../../parts/button';
import { Panel, ProblemNotice } from '../../parts/notice';
import { formatMoment } from '../../time/format';
import { parseLength, type Span } from '../../time/range';
import { StateBar } from './alarm_timeline';
import { StateTag } from './state_tag';

const SPANS = ['1h', '6h', '1d', '7d', '30d'] as const;

/** What the alarm would have done on the data that is stored now. */
export function ReplayPanel({ name, region }: { name: string; region: string | undefined }) {
  const { zone } = usePreferences();
  const [since, setSince] = useState<(typeof SPANS)[number]>('1d');
  const [asked, setAsked] = useState<{ since: string; atMs: number } | null>(null);
  const { answer, problem, isLoading } = useAnswer(asked === null ? null : `replay ${name} ${region} ${asked.since} ${asked.atMs}`, (signal) => replayAlarm(name, region, asked!.since, signal));
  const span = asked === null ? null : { sinceMs: asked.atMs - (parseLength(asked.since) ?? 86_400_000), untilMs: asked.atMs };
  return (
    <Panel
      title="What it would have done"
      isLoading={isLoading}
      actions={
        <>
          <Select label="over the last" value={since} options={SPANS.map((value) => ({ value, label: value }))} onChange={setSince} />
          <Button icon="play" onClick={() => setAsked({ since, atMs: Date.now() })}>
            Replay
          </Button>
        </>
      }
    >
      {asked === null && <p class="muted">Replay judges the stored data again, as if the alarm had stood since then as it is now. Nothing changes by it.</p>}
      {problem && <ProblemNotice problem={problem} />}
      {answer && span && (
        <>
          <StateBar label="Replayed states" stretches={replayStretches(answer, span)} span={span} />
          <p>
            {answer.evaluations} evaluations, {answer.transitions.length} transitions, in the end {answer.state}.
          </p>
          <ul class="transitions">
            {answer.transitions.slice(-200).map((transition) => (
              <li key={transition.time}>
                <span class="mono">{formatMoment(momentMs(transition.time) ?? 0, zone)}</span>
                <StateTag state={stateOf(transition.to)} />
                <span>{transition.reason}</span>
              </li>
            ))}
          </ul>
          {answer.unknown.map((stretch) => (
            <p class="muted" key={stretch.begin}>
              {formatMoment(momentMs(stretch.begin) ?? 0, zone)} to {formatMoment(momentMs(stretch.end) ?? 0, zone)} is unknown: only samples of {stretch.resolutionSeconds} s are left.
            </p>
          ))}
        </>
      )}
    </Panel>
  );
}

function replayStretches(replay: Replay, span: Span): Stretch[] {
  const transitions = replay.transitions.map((transition) => ({ timeMs: momentMs(transition.time) ?? 0, from: stateOf(transition.from), to: stateOf(transition.to) }));
  return timelineOf(transitions, stateOf(replay.state), span.sinceMs, span.untilMs, undefined);
}
