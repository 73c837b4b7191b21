import { useState } from 'preact/hooks';
import { problemFrom, type Problem } from '../../api/client';
import { putAlarm } from '../../alarm/api';
import {
  COMPARISONS,
  compositeFormOf,
  compositeMembers,
  conditionText,
  emptyMetricForm,
  formProblems,
  metricFormOf,
  metricMembers,
  MISSING_DATA,
  STATISTICS,
  type CompositeAlarmForm,
  type MetricAlarmForm,
} from '../../alarm/definition';
import type { JsonObject } from '../../dashboard/json';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { ProblemNotice } from '../../parts/notice';
import { useCopy } from '../../parts/toast';
import { useStill } from '../dashboards/json_dialog';
import { Flag, SelectField } from '../dashboards/widget_form';
import { AlarmGraph } from './alarm_graph';
import { SeriesFields } from './series_fields';

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
  const hasExpressions = Array.isArray(draft['Metrics']) && draft['Metrics'].length > 0;
  const complaints =
    kind === 'metric'
      ? formProblems(hasExpressions ? { ...metric, namespace: '-', metricName: '-', period: '60' } : metric)
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
  const canDraw = hasExpressions || (preview['Namespace'] !== '' && preview['MetricName'] !== '' && Number(preview['Period']) > 0);
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
            <MetricFields region={region} form={metric} onChange={setMetric} isNew={isNew} hasExpressions={hasExpressions} />
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

interface FieldsProps<Form> {
  form: Form;
  onChange: (form: Form) => void;
  isNew: boolean;
}

function Field({ label, value, onInput, isDisabled = false, isNumber = false }: { label: string; value: string; onInput: (text: string) => void; isDisabled?: boolean; isNumber?: boolean }) {
  return (
    <label>
      <span>{label}</span>
      <input type="text" inputMode={isNumber ? 'decimal' : 'text'} value={value} disabled={isDisabled} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  );
}

function MetricFields({ form, onChange, isNew, hasExpressions, region }: FieldsProps<MetricAlarmForm> & { hasExpressions: boolean; region: string | undefined }) {
  const set = (changes: Partial<MetricAlarmForm>): void => onChange({ ...form, ...changes });
  return (
    <>
      <Field label="Name" value={form.name} isDisabled={!isNew} onInput={(name) => set({ name })} />
      <Field label="Description" value={form.description} onInput={(description) => set({ description })} />
      {hasExpressions ? (
        <p class="muted">The alarm watches an expression, which stays as it is; Copy as JSON gives it to aws cloudwatch put-metric-alarm.</p>
      ) : (
        <>
          <SeriesFields region={region} namespace={form.namespace} metricName={form.metricName} dimensions={form.dimensions} onChange={set} />
          <DimensionFields pairs={form.dimensions} onChange={(dimensions) => set({ dimensions })} />
          <div class="form-row">
            <SelectField label="Statistic" value={form.statistic} options={STATISTICS} onChange={(statistic) => set({ statistic })} />
            <Field label="Period (s)" isNumber value={form.period} onInput={(period) => set({ period })} />
          </div>
        </>
      )}
      <div class="form-row">
        <label>
          <span>Breaches when</span>
          <select value={form.comparison} onChange={(event) => set({ comparison: event.currentTarget.value })}>
            {COMPARISONS.map((comparison) => (
              <option key={comparison.name} value={comparison.name}>
                {comparison.words}
              </option>
            ))}
            {!COMPARISONS.some((comparison) => comparison.name === form.comparison) && <option value={form.comparison}>{form.comparison}</option>}
          </select>
        </label>
        <Field label="Threshold" isNumber value={form.threshold} onInput={(threshold) => set({ threshold })} />
      </div>
      <div class="form-row">
        <Field label="Data points to alarm" isNumber value={form.datapointsToAlarm} onInput={(datapointsToAlarm) => set({ datapointsToAlarm })} />
        <Field label="out of periods" isNumber value={form.evaluationPeriods} onInput={(evaluationPeriods) => set({ evaluationPeriods })} />
      </div>
      <label>
        <span>Periods without data count as</span>
        <select value={form.missingData} onChange={(event) => set({ missingData: event.currentTarget.value })}>
          {MISSING_DATA.map((choice) => (
            <option key={choice.name} value={choice.name}>
              {choice.words}
            </option>
          ))}
        </select>
      </label>
      <ActionFields form={form} onChange={(changes) => set(changes)} />
    </>
  );
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

type Actions = Pick<CompositeAlarmForm, 'isActionsEnabled' | 'alarmActions' | 'okActions' | 'insufficientDataActions'>;

function ActionFields({ form, onChange }: { form: Actions; onChange: (changes: Partial<Actions>) => void }) {
  const lines = (label: string, member: 'alarmActions' | 'okActions' | 'insufficientDataActions') => (
    <label>
      <span>{label}</span>
      <textarea class="code-box" rows={2} spellcheck={false} value={form[member].join('\n')} onInput={(event) => onChange({ [member]: event.currentTarget.value.split('\n') })} />
    </label>
  );
  return (
    <details class="by-name" open={form.alarmActions.length + form.okActions.length + form.insufficientDataActions.length > 0}>
      <summary>Actions</summary>
      <Flag label="Actions are carried out" isSet={form.isActionsEnabled} onChange={(isActionsEnabled) => onChange({ isActionsEnabled })} />
      {lines('When it goes to ALARM: ARNs of SNS topics, a line each', 'alarmActions')}
      {lines('When it goes to OK', 'okActions')}
      {lines('When it goes to INSUFFICIENT_DATA', 'insufficientDataActions')}
    </details>
  );
}

function DimensionFields({ pairs, onChange }: { pairs: [string, string][]; onChange: (pairs: [string, string][]) => void }) {
  const put = (index: number, pair: [string, string]): void => onChange(pairs.map((old, i) => (i === index ? pair : old)));
  return (
    <fieldset class="dimensions">
      <legend>Dimensions: the series has exactly these</legend>
      {pairs.map(([name, value], i) => (
        <div class="form-row" key={i}>
          <input type="text" aria-label={`Name of dimension ${i + 1}`} value={name} onInput={(event) => put(i, [event.currentTarget.value, value])} />
          <input type="text" aria-label={`Value of dimension ${i + 1}`} value={value} onInput={(event) => put(i, [name, event.currentTarget.value])} />
          <Button icon="trash" kind="quiet" label={`Remove dimension ${i + 1}`} onClick={() => onChange(pairs.filter((_, other) => other !== i))} />
        </div>
      ))}
      <Button kind="quiet" icon="plus" onClick={() => onChange([...pairs, ['', '']])}>
        Add a dimension
      </Button>
    </fieldset>
  );
}
