import { useAnswer } from '../../api/use_answer';
import { listAlarms, momentMs, type AlarmEntry } from '../../alarm/api';
import { stateOf } from '../../alarm/breaches';
import { Link } from '../../app/place';
import { alarmOfArn, type AlarmName } from '../../dashboard/annotations';
import { asList, asText, type JsonObject } from '../../dashboard/json';
import { ProblemNotice } from '../../parts/notice';
import { StateTag } from '../alarms/state_tag';
import type { WidgetTime } from './metric_widget';
import { WidgetNote } from './reasons';

interface ShownAlarm {
  wanted: AlarmName;
  found: AlarmEntry | undefined; // undefined: there is no such alarm
}

/** The alarms that a widget names, as they are now. */
export function AlarmWidget({ properties, time }: { properties: JsonObject; time: WidgetTime }) {
  const names = asList(properties['alarms'])
    .filter((item): item is string => typeof item === 'string')
    .map(alarmOfArn);
  const states = asList(properties['states']);
  const { answer, problem } = useAnswer(names.length === 0 ? null : time.key, (signal) => listAlarms(undefined, signal));
  if (names.length === 0) return <WidgetNote title="No alarms">The widget names no alarm yet.</WidgetNote>;
  if (problem && !answer) return <ProblemNotice problem={problem} />;
  if (!answer) return <div class="widget-waiting" aria-busy="true" />;
  const shown = names
    .map((wanted): ShownAlarm => ({
      wanted,
      found: answer.find((alarm) => alarm.name === wanted.name && (wanted.region === undefined || alarm.region === wanted.region)),
    }))
    .filter(({ found }) => states.length === 0 || found === undefined || states.includes(found.state));
  if (asText(properties['sortBy']) === 'stateUpdatedTimestamp' || properties['sortBy'] === 'timestamp') {
    shown.sort((a, b) => (momentMs(b.found?.since) ?? 0) - (momentMs(a.found?.since) ?? 0));
  }
  return (
    <ul class="alarm-list">
      {shown.map(({ wanted, found }) => (
        <li key={`${wanted.name} ${wanted.region}`}>
          <StateTag state={found === undefined ? 'unknown' : stateOf(found.state)} />
          {found === undefined ? (
            <span>{wanted.name}</span>
          ) : (
            <Link path={`/alarms/${encodeURIComponent(found.name)}`} parameters={{ region: found.region }}>
              {found.name}
            </Link>
          )}
          <span class="muted">{found === undefined ? 'there is no alarm of this name' : found.watches}</span>
        </li>
      ))}
      {shown.length === 0 && <li class="muted">None of {names.length} alarms is in a state that the widget shows.</li>}
    </ul>
  );
}
