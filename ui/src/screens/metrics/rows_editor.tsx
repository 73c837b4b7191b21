import { useState } from 'preact/hooks';
import { STATISTICS } from '../../alarm/definition';
import { asList, asText, type JsonObject } from '../../dashboard/json';
import { expandRows, type MetricRow } from '../../dashboard/metric_rows';
import { withExpression, withOption, withoutRows } from '../../metric/selection';
import { Button } from '../../parts/button';

interface RowsEditorProps {
  properties: JsonObject;
  onChange: (properties: JsonObject) => void;
}

/** The rows of a graph: what each shows, on which axis, under which label; and expressions over them. */
export function RowsEditor({ properties, onChange }: RowsEditorProps) {
  const rows = expandRows(properties['metrics']);
  const ids = rows.map((row) => asText(row.options['id'])).filter((id) => id !== undefined);
  return (
    <div class="rows-editor">
      {rows.length > 0 && (
        <ul class="graph-rows">
          {rows.map((row) => (
            <RowFields key={row.index} row={row} properties={properties} onChange={onChange} />
          ))}
        </ul>
      )}
      {rows.length === 0 && <p class="muted">No metric is chosen yet.</p>}
      <ExpressionForm ids={ids} onAdd={(expression) => onChange(withExpression(properties, expression))} />
      <MetricForm onAdd={(row) => onChange({ ...properties, metrics: [...asList(properties['metrics']), row] })} />
    </div>
  );
}

function rowName(row: MetricRow): string {
  if (row.expression !== undefined) return row.expression;
  return [row.namespace, row.name, ...row.dimensions.map(([name, value]) => `${name}=${value}`)].join(' ');
}

function RowFields({ row, properties, onChange }: { row: MetricRow; properties: JsonObject; onChange: (properties: JsonObject) => void }) {
  const set = (name: string, value: string | number | boolean | undefined): void => onChange(withOption(properties, row.index, name, value));
  const name = rowName(row);
  const isVisible = row.options['visible'] !== false;
  const statistic = asText(row.options['stat']) ?? '';
  const usual = asText(properties['stat']) ?? 'Average';
  return (
    <li class={isVisible ? '' : 'hidden-row'}>
      <div class="row-head">
        {row.expression === undefined ? (
          <span class="row-name" title={name}>
            <b>{row.name}</b> <span class="muted">{[row.namespace, ...row.dimensions.map(([key, value]) => `${key}=${value}`)].join(' ')}</span>
          </span>
        ) : (
          <input type="text" aria-label="Expression" class="mono row-name" value={row.expression} onChange={(event) => set('expression', event.currentTarget.value)} />
        )}
        <Button kind="quiet" title={isVisible ? 'Hide: expressions still use it' : 'Show'} label={`${isVisible ? 'Hide' : 'Show'} ${name}`} onClick={() => set('visible', isVisible ? false : undefined)}>
          {isVisible ? 'Hide' : 'Show'}
        </Button>
        <Button icon="trash" kind="quiet" label={`Remove ${name}`} onClick={() => onChange(withoutRows(properties, new Set([row.index])))} />
      </div>
      <div class="form-row">
        <label class="narrow">
          <span>Id</span>
          <input type="text" aria-label={`Id of ${name}`} value={asText(row.options['id']) ?? ''} onChange={(event) => set('id', event.currentTarget.value)} />
        </label>
        {row.expression === undefined && (
          <label>
            <span>Statistic</span>
            <select aria-label={`Statistic of ${name}`} value={statistic} onChange={(event) => set('stat', event.currentTarget.value)}>
              <option value="">as all: {usual}</option>
              {(STATISTICS.includes(statistic) || statistic === '' ? STATISTICS : [statistic, ...STATISTICS]).map((option) => (
                <option key={option}>{option}</option>
              ))}
            </select>
          </label>
        )}
        <label class="narrow">
          <span>Period (s)</span>
          <input
            type="number"
            min="1"
            placeholder={String(properties['period'] ?? 300)}
            aria-label={`Period of ${name}`}
            value={Number(row.options['period']) || ''}
            onChange={(event) => set('period', event.currentTarget.value === '' ? undefined : event.currentTarget.valueAsNumber)}
          />
        </label>
        <label class="narrow">
          <span>Axis</span>
          <select aria-label={`Axis of ${name}`} value={row.options['yAxis'] === 'right' ? 'right' : 'left'} onChange={(event) => set('yAxis', event.currentTarget.value === 'right' ? 'right' : undefined)}>
            <option>left</option>
            <option>right</option>
          </select>
        </label>
        <label>
          <span>Label</span>
          <input type="text" aria-label={`Label of ${name}`} placeholder="by itself" value={asText(row.options['label']) ?? ''} onChange={(event) => set('label', event.currentTarget.value)} />
        </label>
      </div>
    </li>
  );
}

function ExpressionForm({ ids, onAdd }: { ids: readonly string[]; onAdd: (expression: string) => void }) {
  const [text, setText] = useState('');
  const add = (): void => {
    if (text.trim() === '') return;
    onAdd(text.trim());
    setText('');
  };
  return (
    <div class="form-row">
      <label class="grow">
        <span>Metric math, SEARCH() or a Metrics Insights SELECT{ids.length > 0 ? `; ids: ${ids.join(', ')}` : ''}</span>
        <input
          type="text"
          class="mono"
          value={text}
          placeholder="m1 / m2 * 100"
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            add();
          }}
        />
      </label>
      <Button onClick={add} isDisabled={text.trim() === ''}>
        Add expression
      </Button>
    </div>
  );
}

/** A metric by its names, also one that has no data yet. */
function MetricForm({ onAdd }: { onAdd: (row: string[]) => void }) {
  const [namespace, setNamespace] = useState('');
  const [name, setName] = useState('');
  const [dimensions, setDimensions] = useState('');
  const pairs = dimensions
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  const isWhole = namespace.trim() !== '' && name.trim() !== '' && pairs.every(([key, value]) => key && value);
  const add = (): void => {
    if (!isWhole) return;
    onAdd([namespace.trim(), name.trim(), ...pairs.flat()]);
    setName('');
  };
  return (
    <details class="by-name">
      <summary>Add a metric by its names</summary>
      <div class="form-row">
        <label>
          <span>Namespace</span>
          <input type="text" value={namespace} onInput={(event) => setNamespace(event.currentTarget.value)} />
        </label>
        <label>
          <span>Metric</span>
          <input type="text" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label class="grow">
          <span>Dimensions: Name=value, ...</span>
          <input type="text" value={dimensions} onInput={(event) => setDimensions(event.currentTarget.value)} />
        </label>
        <Button onClick={add} isDisabled={!isWhole}>
          Add metric
        </Button>
      </div>
    </details>
  );
}
