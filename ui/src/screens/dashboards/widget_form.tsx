import type { ComponentChildren } from 'preact';
import { asFlag, asList, asNumber, asObject, asText, type JsonObject, type JsonValue } from '../../dashboard/json';
import { expandRows, rowSource } from '../../dashboard/metric_rows';
import { viewOf } from '../../dashboard/metric_queries';
import { STATISTICS } from '../../alarm/definition';
import { RowsEditor } from '../metrics/rows_editor';

interface FormProps {
  source: JsonObject;
  onChange: (source: JsonObject) => void;
}

const METRIC_VIEWS = ['timeSeries', 'singleValue', 'gauge', 'bar', 'pie', 'table'];
const LOG_VIEWS = ['table', 'timeSeries', 'bar', 'pie'];

/** Sets a member by its path; what becomes undefined or an empty object is left out. */
function withMember(source: JsonObject, path: readonly string[], value: JsonValue | undefined): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) return source;
  const result = { ...source };
  const next = rest.length === 0 ? value : withMember(asObject(source[name]), rest, value);
  if (next === undefined || (rest.length > 0 && Object.keys(asObject(next)).length === 0)) delete result[name];
  else result[name] = next;
  return result;
}

export function WidgetForm({ source, onChange }: FormProps) {
  const properties = asObject(source['properties']);
  const set = (path: readonly string[], value: JsonValue | undefined): void => onChange(withMember(source, ['properties', ...path], value));
  const type = asText(source['type']);
  return (
    <div class="form">
      {type !== 'text' && <TextField label="Title" value={asText(properties['title'])} onChange={(text) => set(['title'], text)} />}
      {type === 'metric' && <MetricFields properties={properties} set={set} />}
      {type === 'log' && (
        <>
          <label>
            <span>Query (it begins with SOURCE 'group')</span>
            <textarea class="code-box" rows={10} spellcheck={false} value={asText(properties['query']) ?? ''} onInput={(event) => set(['query'], event.currentTarget.value)} />
          </label>
          <SelectField label="View" value={asText(properties['view']) ?? 'table'} options={LOG_VIEWS} onChange={(text) => set(['view'], text)} />
          <Flag label="Stacked" isSet={asFlag(properties['stacked'])} onChange={(isSet) => set(['stacked'], isSet)} />
        </>
      )}
      {type === 'text' && (
        <>
          <label>
            <span>Markdown</span>
            <textarea class="code-box" rows={14} value={asText(properties['markdown']) ?? ''} onInput={(event) => set(['markdown'], event.currentTarget.value)} />
          </label>
          <SelectField label="Ground" value={asText(properties['background']) ?? 'solid'} options={['solid', 'transparent']} onChange={(text) => set(['background'], text)} />
        </>
      )}
      {type === 'alarm' && (
        <label>
          <span>Alarms, a line each: names or ARNs</span>
          <textarea
            class="code-box"
            rows={8}
            value={asList(properties['alarms']).join('\n')}
            onChange={(event) =>
              set(
                ['alarms'],
                event.currentTarget.value
                  .split('\n')
                  .map((line) => line.trim())
                  .filter((line) => line !== ''),
              )
            }
          />
        </label>
      )}
      {!['metric', 'log', 'text', 'alarm'].includes(type ?? '') && <p class="muted">Widgets of this type are edited as JSON.</p>}
    </div>
  );
}

interface MetricFieldsProps {
  properties: JsonObject;
  set: (path: readonly string[], value: JsonValue | undefined) => void;
}

function MetricFields({ properties, set }: MetricFieldsProps) {
  const axis = (side: 'left' | 'right'): ComponentChildren => (
    <Row>
      <NumberField label={`${side} axis from`} value={asNumber(asObject(asObject(properties['yAxis'])[side])['min'])} onChange={(value) => set(['yAxis', side, 'min'], value)} />
      <NumberField label="to" value={asNumber(asObject(asObject(properties['yAxis'])[side])['max'])} onChange={(value) => set(['yAxis', side, 'max'], value)} />
      <TextField label="label" value={asText(asObject(asObject(properties['yAxis'])[side])['label'])} onChange={(text) => set(['yAxis', side, 'label'], text)} />
    </Row>
  );
  return (
    <>
      <RowsEditor properties={properties} onChange={(next) => set(['metrics'], expandRows(next['metrics']).map(rowSource))} />
      <Row>
        <SelectField label="View" value={viewOf(properties)} options={METRIC_VIEWS} onChange={(text) => set(['view'], text)} />
        <SelectField label="Statistic" value={asText(properties['stat']) ?? 'Average'} options={STATISTICS} onChange={(text) => set(['stat'], text)} />
        <NumberField label="Period (s)" value={asNumber(properties['period'])} onChange={(value) => set(['period'], value)} />
        <TextField label="Region" value={asText(properties['region'])} onChange={(text) => set(['region'], text)} />
      </Row>
      {axis('left')}
      {axis('right')}
      <Row>
        <SelectField label="Legend" value={asText(asObject(properties['legend'])['position']) ?? 'bottom'} options={['bottom', 'right', 'hidden']} onChange={(text) => set(['legend', 'position'], text)} />
        <Flag label="Stacked" isSet={asFlag(properties['stacked'])} onChange={(isSet) => set(['stacked'], isSet)} />
        <Flag label="Sparkline" isSet={asFlag(properties['sparkline'])} onChange={(isSet) => set(['sparkline'], isSet || undefined)} />
        <Flag label="One value over the range" isSet={asFlag(properties['setPeriodToTimeRange'])} onChange={(isSet) => set(['setPeriodToTimeRange'], isSet || undefined)} />
      </Row>
    </>
  );
}

function Row({ children }: { children: ComponentChildren }) {
  return <div class="form-row">{children}</div>;
}

export function TextField({ label, value, onChange }: { label: string; value: string | undefined; onChange: (text: string | undefined) => void }) {
  return (
    <label>
      <span>{label}</span>
      <input type="text" value={value ?? ''} onInput={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)} />
    </label>
  );
}

function NumberField({ label, value, onChange }: { label: string; value: number | undefined; onChange: (value: number | undefined) => void }) {
  return (
    <label>
      <span>{label}</span>
      <input
        type="number"
        step="any"
        value={value ?? ''}
        onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

interface SelectFieldProps {
  label: string;
  value: string;
  options: readonly string[];
  onChange: (text: string) => void;
}

export function SelectField({ label, value, options, onChange }: SelectFieldProps) {
  const all = options.includes(value) ? options : [value, ...options];
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {all.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

export function Flag({ label, isSet, onChange }: { label: string; isSet: boolean; onChange: (isSet: boolean) => void }) {
  return (
    <label class="flag">
      <input type="checkbox" checked={isSet} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
