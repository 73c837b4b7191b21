import { useState } from 'preact/hooks';
import { problemFrom, type Problem } from '../../api/client';
import { putAlarm } from '../../alarm/api';
import { compositeFormOf, compositeMembers, conditionText, emptyMetricForm, formProblems, metricFormOf, metricMembers, type CompositeAlarmForm, type MetricAlarmForm } from '../../alarm/definition';
import { asList, asObject, type JsonObject } from '../../dashboard/json';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { ProblemNotice } from '../../parts/notice';
import { useCopy } from '../../parts/toast';
import { useStill } from '../dashboards/json_dialog';
import { AlarmGraph } from './alarm_graph';
import { ActionFields, Field, MetricFields, type FieldsProps } from './metric_fields';

interface AlarmEditorProps {
  kind: 'metric' | 'composite';
  draft: JsonObject;
  region: string | undefined;
  isNew: boolean;
  onClose: () => void;
  onStored: (name: string, region: string | undefined) => void;
}

/** Makes or changes an alarm; a metric alarm is drawn with its threshold while it is written. */
export function AlarmEditor({ kind, draft, region: firstRegion, isNew, onClose, onStored }: AlarmEditorProps) {
  const copy = useCopy();
  const [regionText, setRegionText] = useState(firstRegion ?? '');
  const region = regionText.trim() === '' ? undefined : regionText.trim();
  const before = isNew ? undefined : draft;
  const [metric, setMetric] = useState<MetricAlarmForm>(() => (Object.keys(draft).length === 0 ? emptyMetricForm() : { ...metricFormOf(draft), ...missingOf(draft) }));
  const [composite, setComposite] = useState<CompositeAlarmForm>(() => compositeFormOf(draft));
  const [problem, setProblem] = useState<Problem | null>(null);
  const complaints =
    kind === 'metric'
      ? formProblems(metric)
      : [composite.name.trim() === '' ? 'The alarm has no name yet.' : '', composite.rule.trim() === '' ? 'The alarm has no rule yet.' : ''].filter((text) => text !== '');
  const members = kind === 'metric' ? metricMembers(metric, before) : compositeMembers(composite, before);
  const still = useStill(JSON.stringify(members));
  const preview = JSON.parse(still) as JsonObject;
  const name = kind === 'metric' ? metric.name : composite.name;
  const store = async (): Promise<void> => {
    setProblem(null);
    try {
      await putAlarm(name.trim(), region, members);
      onStored(name.trim(), region);
    } catch (error) {
      setProblem(problemFrom(error));
    }
  };
  const canDraw = isDrawable(preview);
  return (
    <Dialog
      title={isNew ? (kind === 'metric' ? 'New alarm on a metric' : 'New composite alarm') : `Edit ${name}`}
      isWide
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" icon="copy" onClick={() => copy(JSON.stringify(members, null, 2), kind === 'metric' ? 'PutMetricAlarm' : 'PutCompositeAlarm')}>
            Copy as JSON
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" isDisabled={complaints.length > 0} onClick={() => void store()}>
            {isNew ? 'Create' : 'Store'}
          </Button>
        </>
      }
    >
      <div class="widget-editor">
        <div class="form">
          {isNew && <Field label="Region (empty: the server's own)" value={regionText} onInput={setRegionText} />}
          {kind === 'metric' ? (
            <MetricFields region={region} form={metric} onChange={setMetric} isNew={isNew} />
          ) : (
            <CompositeFields form={composite} onChange={setComposite} isNew={isNew} />
          )}
          <ul class="form-problem" aria-label="What is missing">
            {complaints.map((complaint) => (
              <li key={complaint}>{complaint}</li>
            ))}
          </ul>
          {problem && <ProblemNotice problem={problem} />}
        </div>
        <div class="widget-editor-side">
          {kind === 'metric' && (
            <>
              <p>{complaints.length === 0 ? `ALARM when ${conditionText(preview)}.` : 'The alarm is drawn as it is written.'}</p>
              {canDraw && <AlarmGraph alarm={preview} region={region} />}
            </>
          )}
          {kind === 'composite' && (
            <div class="muted">
              <p>The rule speaks of other alarms by name:</p>
              <pre>{'ALARM("High-Packet-Loss") AND\nNOT OK("High-Network-Latency")\n\nAT_LEAST(2, ALARM, (a, b, c))'}</pre>
              <p>ALARM(), OK() and INSUFFICIENT_DATA() are true while the alarm is in that state; AND, OR, NOT and parentheses join them.</p>
            </div>
          )}
        </div>
      </div>
    </Dialog>
  );
}

/** A draft that a graph made lacks most members; what it lacks is as in an empty form. */
function missingOf(draft: JsonObject): Partial<MetricAlarmForm> {
  const empty = emptyMetricForm();
  const result: Partial<MetricAlarmForm> = {};
  if (draft['EvaluationPeriods'] === undefined) result.evaluationPeriods = empty.evaluationPeriods;
  if (draft['Period'] === undefined) result.period = empty.period;
  return result;
}

/** Whether there is something to ask for: a metric with its period, or rows that are whole. */
function isDrawable(alarm: JsonObject): boolean {
  const metrics = asList(alarm['Metrics']).map(asObject);
  if (metrics.length === 0) return alarm['Namespace'] !== '' && alarm['MetricName'] !== '' && Number(alarm['Period']) > 0;
  return metrics.every((query) => {
    const stat = asObject(query['MetricStat']);
    const metric = asObject(stat['Metric']);
    return query['MetricStat'] === undefined ? query['Expression'] !== '' : metric['Namespace'] !== '' && metric['MetricName'] !== '' && Number(stat['Period']) > 0;
  });
}

function CompositeFields({ form, onChange, isNew }: FieldsProps<CompositeAlarmForm>) {
  const set = (changes: Partial<CompositeAlarmForm>): void => onChange({ ...form, ...changes });
  return (
    <>
      <Field label="Name" value={form.name} isDisabled={!isNew} onInput={(name) => set({ name })} />
      <Field label="Description" value={form.description} onInput={(description) => set({ description })} />
      <label>
        <span>Rule</span>
        <textarea class="code-box" rows={8} spellcheck={false} value={form.rule} onInput={(event) => set({ rule: event.currentTarget.value })} />
      </label>
      <ActionFields form={form} onChange={(changes) => set(changes)} />
    </>
  );
}
