import { BAND_COMPARISONS, bandIds, COMPARISONS, isBandComparison, MISSING_DATA, STATISTICS, withSubject, type CompositeAlarmForm, type MetricAlarmForm } from '../../alarm/definition';
import { Button, Choice } from '../../parts/button';
import { Flag, SelectField } from '../dashboards/widget_form';
import { QueryFields } from './query_fields';
import { SeriesFields } from './series_fields';

export interface FieldsProps<Form> {
  form: Form;
  onChange: (form: Form) => void;
  isNew: boolean;
}

const SUBJECTS = [
  { value: 'metric', label: 'One metric' },
  { value: 'math', label: 'Metric math' },
  { value: 'band', label: 'Anomaly band' },
] as const;

export function Field({ label, value, onInput, isDisabled = false, isNumber = false }: { label: string; value: string; onInput: (text: string) => void; isDisabled?: boolean; isNumber?: boolean }) {
  return (
    <label>
      <span>{label}</span>
      <input type="text" inputMode={isNumber ? 'decimal' : 'text'} value={value} disabled={isDisabled} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  );
}

export function MetricFields({ form, onChange, isNew, region }: FieldsProps<MetricAlarmForm> & { region: string | undefined }) {
  const set = (changes: Partial<MetricAlarmForm>): void => onChange({ ...form, ...changes });
  const bands = bandIds(form);
  const comparisons = form.subject === 'band' ? BAND_COMPARISONS : form.subject === 'math' && bands.length > 0 ? [...COMPARISONS, ...BAND_COMPARISONS] : COMPARISONS;
  const hasBand = isBandComparison(form.comparison);
  return (
    <>
      <Field label="Name" value={form.name} isDisabled={!isNew} onInput={(name) => set({ name })} />
      <Field label="Description" value={form.description} onInput={(description) => set({ description })} />
      <Choice label="What the alarm watches" value={form.subject} options={SUBJECTS} onChange={(subject) => onChange(withSubject(form, subject))} />
      {form.subject === 'math' ? (
        <QueryFields region={region} queries={form.queries} watched={form.watched} onChange={(queries, watched) => set({ queries, watched })} />
      ) : (
        <>
          <SeriesFields region={region} namespace={form.namespace} metricName={form.metricName} dimensions={form.dimensions} onChange={set} />
          <DimensionFields pairs={form.dimensions} onChange={(dimensions) => set({ dimensions })} />
          <div class="form-row">
            <SelectField label="Statistic" value={form.statistic} options={STATISTICS.includes(form.statistic) ? STATISTICS : [form.statistic, ...STATISTICS]} onChange={(statistic) => set({ statistic })} />
            <Field label="Period (s)" isNumber value={form.period} onInput={(period) => set({ period })} />
          </div>
        </>
      )}
      <div class="form-row">
        <label>
          <span>Breaches when</span>
          <select
            value={form.comparison}
            onChange={(event) => {
              const comparison = event.currentTarget.value;
              set({ comparison, ...(isBandComparison(comparison) && !bands.includes(form.thresholdId) ? { thresholdId: bands[0] ?? '' } : {}) });
            }}
          >
            {comparisons.map((comparison) => (
              <option key={comparison.name} value={comparison.name}>
                {comparison.words}
              </option>
            ))}
            {!comparisons.some((comparison) => comparison.name === form.comparison) && <option value={form.comparison}>{form.comparison}</option>}
          </select>
        </label>
        {form.subject === 'band' ? (
          <Field label="Width of the band (deviations)" isNumber value={form.bandWidth} onInput={(bandWidth) => set({ bandWidth })} />
        ) : hasBand ? (
          <SelectField label="The band" value={form.thresholdId} options={bands} onChange={(thresholdId) => set({ thresholdId })} />
        ) : (
          <Field label="Threshold" isNumber value={form.threshold} onInput={(threshold) => set({ threshold })} />
        )}
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

type Actions = Pick<CompositeAlarmForm, 'isActionsEnabled' | 'alarmActions' | 'okActions' | 'insufficientDataActions'>;

export function ActionFields({ form, onChange }: { form: Actions; onChange: (changes: Partial<Actions>) => void }) {
  const lines = (label: string, member: 'alarmActions' | 'okActions' | 'insufficientDataActions') => (
    <label>
      <span>{label}</span>
      <textarea class="code-box" rows={2} spellcheck={false} value={form[member].join('\n')} onInput={(event) => onChange({ [member]: event.currentTarget.value.split('\n') })} />
    </label>
  );
  return (
    <details class="by-name" open={form.alarmActions.length + form.okActions.length + form.insufficientDataActions.length > 0}>
      <summary>Actions</summary>
      <p class="muted">A line each: the ARN of an SNS topic, or the http(s) address of a webhook.</p>
      <Flag label="Actions are carried out" isSet={form.isActionsEnabled} onChange={(isActionsEnabled) => onChange({ isActionsEnabled })} />
      {lines('When it goes to ALARM: ARNs of SNS topics, a line each', 'alarmActions')}
      {lines('When it goes to OK', 'okActions')}
      {lines('When it goes to INSUFFICIENT_DATA', 'insufficientDataActions')}
    </details>
  );
}

export function DimensionFields({ pairs, onChange }: { pairs: [string, string][]; onChange: (pairs: [string, string][]) => void }) {
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
