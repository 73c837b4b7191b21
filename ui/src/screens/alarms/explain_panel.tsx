import { useAnswer } from '../../api/use_answer';
import { usePreferences } from '../../app/preferences';
import { explainAlarm, momentMs, type Explanation } from '../../alarm/api';
import { isBreaching } from '../../alarm/breaches';
import { asNumber, asText, type JsonObject } from '../../dashboard/json';
import { formatValue } from '../../format/units';
import { Panel, ProblemNotice } from '../../parts/notice';
import { formatLength, formatMoment } from '../../time/format';

interface ExplainPanelProps {
  name: string;
  region: string | undefined;
  timeKey: string;
  alarm: JsonObject;
}

export function ExplainPanel({ name, region, timeKey, alarm }: ExplainPanelProps) {
  const { zone } = usePreferences();
  const { answer, problem, isLoading } = useAnswer(`explain ${name} ${region} ${timeKey}`, (signal) => explainAlarm(name, region, signal));
  const moment = (text: string | undefined): string => {
    const ms = momentMs(text);
    return ms === undefined ? '–' : formatMoment(ms, zone);
  };
  return (
    <Panel title="Why it is in this state" isLoading={isLoading}>
      {problem && <ProblemNotice problem={problem} />}
      {answer && (
        <div class="explain">
          <ul class="reasons">
            {answer.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
            {answer.reasons.length === 0 && <li>{answer.stateReason}</li>}
          </ul>
          <h3>Series it looks at</h3>
          <Series items={answer.matching} moment={moment} />
          {answer.matching.length === 0 && <p class="muted">None matches what the alarm asks for.</p>}
          {answer.near.length > 0 && (
            <>
              <h3>Series that nearly match</h3>
              <Series items={answer.near} moment={moment} />
            </>
          )}
          {answer.periods.length > 0 && (
            <>
              <h3>Periods that were judged</h3>
              <ol class="periods">
                {answer.periods.map((period) => {
                  const state = periodState(period.value, alarm);
                  return (
                    <li key={period.time} class={`period ${state}`}>
                      <b>{period.value === null ? 'no data' : formatValue(period.value, 'plain')}</b>
                      <small>{moment(period.time).slice(11)}</small>
                      <small>{state === 'missing' ? '' : state}</small>
                    </li>
                  );
                })}
              </ol>
            </>
          )}
          {answer.gaps.length > 0 && (
            <p>
              Gaps: {answer.gaps.map((gap) => `${moment(gap.begin)} to ${moment(gap.end)} (${formatLength((momentMs(gap.end) ?? 0) - (momentMs(gap.begin) ?? 0))})`).join('; ')}
            </p>
          )}
          <p class="muted">Next evaluation: {moment(answer.nextEvaluation)}</p>
        </div>
      )}
    </Panel>
  );
}

function periodState(value: number | null, alarm: JsonObject): 'missing' | 'breaching' | 'within' {
  const threshold = asNumber(alarm['Threshold']);
  if (value === null || threshold === undefined) return 'missing';
  return isBreaching(value, asText(alarm['ComparisonOperator']) ?? '', threshold) ? 'breaching' : 'within';
}

function Series({ items, moment }: { items: Explanation['matching']; moment: (text: string) => string }) {
  return (
    <ul class="explained-series">
      {items.map((item) => (
        <li key={`${item.id} ${item.namespace} ${item.name} ${JSON.stringify(item.dimensions)}`}>
          <p>
            <b>{item.name}</b> <span class="muted">{item.namespace}</span>{' '}
            {Object.entries(item.dimensions).map(([name, value]) => (
              <span class="tag" key={name}>
                {name}={value}
              </span>
            ))}
            {Object.keys(item.dimensions).length === 0 && <span class="tag">no dimensions</span>}
          </p>
          {item.differences.length > 0 && <p class="warn">{item.differences.join('; ')}</p>}
          <p class="muted small">
            newest sample {moment(item.last)}
            {unitsText(item.units)}
          </p>
        </li>
      ))}
    </ul>
  );
}

/** Of samples without a unit, which CloudWatch calls None, there is nothing to say. */
function unitsText(units: readonly string[]): string {
  const named = units.filter((unit) => unit !== 'None');
  return named.length > 0 ? `, in ${named.join(', ')}` : '';
}
