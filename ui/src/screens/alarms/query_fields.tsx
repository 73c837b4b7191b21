import { STATISTICS } from '../../alarm/definition';
import { emptyQuery, type QueryForm } from '../../alarm/expressions';
import { Button } from '../../parts/button';
import { SelectField } from '../dashboards/widget_form';
import { SeriesFields } from './series_fields';

interface QueryFieldsProps {
  region: string | undefined;
  queries: readonly QueryForm[];
  watched: string;
  onChange: (queries: QueryForm[], watched: string) => void;
}

/** The rows of an alarm on metric math: metrics and expressions over them, of which it watches one. */
export function QueryFields({ region, queries, watched, onChange }: QueryFieldsProps) {
  const put = (index: number, changes: Partial<QueryForm>): void => {
    const old = queries[index]!;
    const next = { ...old, ...changes };
    onChange(queries.map((query, i) => (i === index ? next : query)), watched === old.id ? next.id : watched);
  };
  return (
    <fieldset class="query-rows">
      <legend>Metrics and expressions: the alarm watches the one that is chosen</legend>
      {queries.map((query, i) => (
        <div class="query-row" key={i} role="group" aria-label={`Row ${query.id}`}>
          <div class="form-row">
            <label class="flag" title="The alarm watches this one">
              <input type="radio" name="alarm-watched" aria-label={`Watch ${query.id}`} checked={query.id === watched} onChange={() => onChange([...queries], query.id)} />
            </label>
            <label class="narrow">
              <span>Id</span>
              <input type="text" class="mono" aria-label={`Id of row ${i + 1}`} value={query.id} onInput={(event) => put(i, { id: event.currentTarget.value })} />
            </label>
            {query.kind === 'expression' ? (
              <label class="grow">
                <span>Expression</span>
                <input type="text" class="mono" spellcheck={false} aria-label={`Expression of ${query.id}`} placeholder="m1 / m2 * 100" value={query.expression} onInput={(event) => put(i, { expression: event.currentTarget.value })} />
              </label>
            ) : (
              <>
                <SelectField label="Statistic" value={query.statistic} options={STATISTICS.includes(query.statistic) ? STATISTICS : [query.statistic, ...STATISTICS]} onChange={(statistic) => put(i, { statistic })} />
                <label class="narrow">
                  <span>Period (s)</span>
                  <input type="text" inputMode="decimal" aria-label={`Period of ${query.id}`} value={query.period} onInput={(event) => put(i, { period: event.currentTarget.value })} />
                </label>
              </>
            )}
            <Button icon="trash" kind="quiet" label={`Remove ${query.id}`} isDisabled={queries.length === 1} onClick={() => onChange(queries.filter((_, other) => other !== i), watched)} />
          </div>
          {query.kind === 'metric' && (
            <SeriesFields id={`row-${i}`} region={region} namespace={query.namespace} metricName={query.metricName} dimensions={query.dimensions} onChange={(changes) => put(i, changes)} />
          )}
        </div>
      ))}
      <div class="form-row">
        <Button kind="quiet" icon="plus" onClick={() => onChange([...queries, emptyQuery('metric', queries)], watched)}>
          Add a metric
        </Button>
        <Button kind="quiet" icon="plus" onClick={() => onChange([...queries, emptyQuery('expression', queries)], watched)}>
          Add an expression
        </Button>
      </div>
      <p class="muted small">Expressions name the rows above and below by their ids: m1 / m2 * 100, RATE(m1), ANOMALY_DETECTION_BAND(m1, 2).</p>
    </fieldset>
  );
}
