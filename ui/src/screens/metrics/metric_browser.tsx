import { get } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { useNavigation } from '../../app/place';
import type { JsonObject } from '../../dashboard/json';
import { dimensionSets, doesMatch, isSelected, type MetricName } from '../../metric/selection';
import { Button } from '../../parts/button';
import { ProblemNotice } from '../../parts/notice';
import { Table, type Column } from '../../parts/table';

interface MetricPage {
  metrics: MetricName[];
  cursor: string | null;
}

const MOST_METRICS = 5000;

/** To choose from; any other may be typed. */
const REGIONS = ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'eu-west-1', 'eu-west-2', 'eu-central-1', 'eu-north-1', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1', 'sa-east-1'];

async function listMetrics(namespace: string | undefined, region: string | undefined, signal: AbortSignal): Promise<{ metrics: MetricName[]; hasMore: boolean }> {
  const metrics: MetricName[] = [];
  let cursor: string | null = null;
  do {
    const page: MetricPage = await get('/metrics', { namespace, region, cursor, limit: 500 }, signal);
    metrics.push(...page.metrics);
    cursor = page.cursor;
  } while (cursor !== null && metrics.length < MOST_METRICS);
  return { metrics, hasMore: cursor !== null };
}

interface MetricBrowserProps {
  properties: JsonObject;
  /** Undefined: the server's own. */
  region: string | undefined;
  onRegion: (region: string | undefined) => void;
  onToggle: (metric: MetricName) => void;
}

/** Namespaces, then sets of dimensions, then metrics; a search goes through all of them. */
export function MetricBrowser({ properties, region, onRegion, onToggle }: MetricBrowserProps) {
  const { place, set } = useNavigation();
  const namespace = place.parameters['namespace'] ?? null;
  const setKey = place.parameters['dimensions'] ?? null;
  const search = place.parameters['find'] ?? '';
  const setNamespace = (name: string | null) => set({ namespace: name ?? undefined, dimensions: undefined });
  const setSetKey = (key: string | null) => set({ dimensions: key ?? undefined });
  const spaces = useAnswer(`namespaces ${region}`, (signal) => get<{ namespaces: { name: string; metrics: number }[] }>('/metrics/namespaces', { region }, signal));
  const isSearching = search.trim() !== '';
  const wanted = namespace ?? (isSearching ? '' : null);
  const listed = useAnswer(wanted === null ? null : `metrics ${wanted} ${region}`, (signal) => listMetrics(wanted === '' ? undefined : wanted!, region, signal));
  const problem = spaces.problem ?? listed.problem;
  const metrics = listed.answer?.metrics ?? [];
  const sets = dimensionSets(metrics);
  const chosen = sets.find((set) => JSON.stringify(set.names) === setKey);
  const found = isSearching ? metrics.filter((metric) => doesMatch(metric, search.trim())) : (chosen?.metrics ?? []);
  const dimensionNames = [...new Set(found.flatMap((metric) => Object.keys(metric.dimensions)))].sort().slice(0, 8);
  const columns: Column<MetricName>[] = [
    {
      id: 'chosen',
      title: 'Draw',
      width: 62,
      text: () => '',
      value: (metric) => Number(isSelected(properties, metric)),
      draw: (metric) => (
        <input
          type="checkbox"
          aria-label={`Draw ${metric.name} ${Object.values(metric.dimensions).join(' ')}`}
          checked={isSelected(properties, metric)}
          onClick={(event) => event.stopPropagation()}
          onChange={() => onToggle(metric)}
        />
      ),
    },
    { id: 'name', title: 'Metric', text: (metric) => metric.name },
    ...dimensionNames.map((name): Column<MetricName> => ({ id: `dimension ${name}`, title: name, text: (metric) => metric.dimensions[name] ?? '–' })),
    ...(isSearching && namespace === null ? [{ id: 'namespace', title: 'Namespace', text: (metric: MetricName) => metric.namespace }] : []),
  ];
  const isList = isSearching || chosen !== undefined;
  return (
    <div class="metric-browser">
      <div class="toolbar">
        <nav class="crumbs" aria-label="Where the browser is">
          <Button kind="quiet" isDisabled={namespace === null} onClick={() => setNamespace(null)}>
            All namespaces
          </Button>
          {namespace !== null && (
            <Button kind="quiet" isDisabled={setKey === null} onClick={() => setSetKey(null)}>
              {namespace}
            </Button>
          )}
          {chosen && <span>{setTitle(chosen.names)}</span>}
        </nav>
        <input
          class="grow"
          type="search"
          data-focus-key
          placeholder={namespace === null ? 'Search all metrics by name, namespace or dimension' : `Search in ${namespace}`}
          aria-label="Search metrics"
          value={search}
          onInput={(event) => set({ find: event.currentTarget.value }, 'replace')}
        />
        <label class="select">
          <span>Region</span>
          <input type="text" size={14} list="regions" placeholder="the server's own" value={region ?? ''} onChange={(event) => onRegion(event.currentTarget.value.trim() || undefined)} />
          <datalist id="regions">
            {REGIONS.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
      </div>
      {problem && <ProblemNotice problem={problem} />}
      {!isList && namespace === null && (
        <ul class="metric-cards">
          {(spaces.answer?.namespaces ?? []).map((space) => (
            <li key={space.name}>
              <button type="button" onClick={() => setNamespace(space.name)}>
                <b>{space.name}</b>
                <span class="muted">{space.metrics} metrics</span>
              </button>
            </li>
          ))}
          {spaces.answer?.namespaces.length === 0 && (
            <li class="muted metric-none">
              No metrics are stored in this region yet. They come with aws cloudwatch put-metric-data --endpoint-url {location.origin}, with weir probe, or with metric filters over logs.
            </li>
          )}
        </ul>
      )}
      {!isList && namespace !== null && (
        <ul class="metric-cards">
          {sets.map((set) => (
            <li key={set.names.join()}>
              <button type="button" onClick={() => setSetKey(JSON.stringify(set.names))}>
                <b>{setTitle(set.names)}</b>
                <span class="muted">{set.metrics.length} metrics</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {isList && found.length > 0 && <Table label="Metrics" columns={columns} rows={found} maxHeight={320} onRow={onToggle} isChosen={(metric) => isSelected(properties, metric)} />}
      {isList && found.length === 0 && listed.answer && <p class="muted">No metric has all of these words in its name, namespace or dimensions.</p>}
      {listed.answer?.hasMore && <p class="muted">Only the first {MOST_METRICS} metrics are listed; a namespace narrows them down.</p>}
    </div>
  );
}

function setTitle(names: readonly string[]): string {
  return names.length === 0 ? 'Metrics without dimensions' : names.join(', ');
}
