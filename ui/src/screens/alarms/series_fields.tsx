import { get } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import type { MetricName } from '../../metric/selection';
import { useStill } from '../dashboards/json_dialog';

type Pairs = [name: string, value: string][];

interface SeriesFieldsProps {
  region: string | undefined;
  /** Where there are several on one page, each has its own. */
  id?: string;
  namespace: string;
  metricName: string;
  dimensions: Pairs;
  onChange: (changes: { namespace?: string; metricName?: string; dimensions?: Pairs }) => void;
}

function textOf(pairs: Pairs): string {
  return pairs.length === 0 ? 'no dimensions' : pairs.map(([name, value]) => `${name}=${value}`).join(', ');
}

function sorted(pairs: Pairs): Pairs {
  return [...pairs].sort(([a], [b]) => a.localeCompare(b));
}

/** Which series an alarm watches, with what is stored to choose from: an alarm whose dimensions differ by one sees nothing. */
export function SeriesFields({ id = 'alarm', region, namespace, metricName, dimensions, onChange }: SeriesFieldsProps) {
  const still = useStill(namespace.trim());
  const spaces = useAnswer(`namespaces ${region}`, (signal) => get<{ namespaces: { name: string }[] }>('/metrics/namespaces', { region }, signal));
  const isKnown = spaces.answer?.namespaces.some((space) => space.name === still) ?? false;
  const listed = useAnswer(isKnown ? `metrics ${region} ${still}` : null, (signal) => get<{ metrics: MetricName[] }>('/metrics', { namespace: still, region, limit: 1000 }, signal));
  const metrics = listed.answer?.metrics ?? [];
  const names = [...new Set(metrics.map((metric) => metric.name))].sort();
  const series = metrics.filter((metric) => metric.name === metricName.trim()).map((metric) => sorted(Object.entries(metric.dimensions)));
  const texts = series.map(textOf);
  const current = textOf(sorted(dimensions));
  const isThere = texts.includes(current);
  return (
    <>
      <div class="form-row">
        <label>
          <span>Namespace</span>
          <input type="text" list={`${id}-namespaces`} value={namespace} onInput={(event) => onChange({ namespace: event.currentTarget.value })} />
          <datalist id={`${id}-namespaces`}>
            {(spaces.answer?.namespaces ?? []).map((space) => (
              <option key={space.name} value={space.name} />
            ))}
          </datalist>
        </label>
        <label>
          <span>Metric</span>
          <input type="text" list={`${id}-metrics`} value={metricName} onInput={(event) => onChange({ metricName: event.currentTarget.value })} />
          <datalist id={`${id}-metrics`}>
            {names.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
      </div>
      {texts.length > 0 && (
        <label>
          <span>Series that are stored</span>
          <select
            value={isThere ? current : ''}
            onChange={(event) => {
              const chosen = series[texts.indexOf(event.currentTarget.value)];
              if (chosen) onChange({ dimensions: chosen });
            }}
          >
            {!isThere && <option value="">none has exactly these dimensions: choose one</option>}
            {texts.map((text) => (
              <option key={text}>{text}</option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
