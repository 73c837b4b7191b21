import { asList, asObject, asText, type JsonObject, type JsonValue } from '../dashboard/json';
import { expandRows, type MetricRow } from '../dashboard/metric_rows';

// The series that the Metrics screen draws. It is a metric widget's properties throughout, so that what is seen
// is what a dashboard would show.
export interface Selection {
  properties: JsonObject;
}

export interface MetricName {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  region?: string;
}

export function emptySelection(): JsonObject {
  return { metrics: [], view: 'timeSeries', stacked: false, period: 300, stat: 'Average' };
}

function isSame(row: MetricRow, metric: MetricName): boolean {
  const names = Object.keys(metric.dimensions);
  return (
    row.expression === undefined &&
    row.namespace === metric.namespace &&
    row.name === metric.name &&
    row.dimensions.length === names.length &&
    row.dimensions.every(([name, value]) => metric.dimensions[name] === value)
  );
}

export function isSelected(properties: JsonObject, metric: MetricName): boolean {
  return expandRows(properties['metrics']).some((row) => isSame(row, metric));
}

export function withMetric(properties: JsonObject, metric: MetricName, options: JsonObject = {}): JsonObject {
  const row: JsonValue[] = [metric.namespace, metric.name, ...Object.entries(metric.dimensions).flat(), options];
  return {
    ...properties,
    ...(properties['region'] === undefined && metric.region !== undefined ? { region: metric.region } : {}),
    metrics: [...asList(properties['metrics']), Object.keys(options).length > 0 ? row : row.slice(0, -1)],
  };
}

export function withoutMetric(properties: JsonObject, metric: MetricName): JsonObject {
  const gone = new Set(
    expandRows(properties['metrics'])
      .filter((row) => isSame(row, metric))
      .map((row) => row.index),
  );
  return withoutRows(properties, gone);
}

// Rows are written out before one goes, since those below may lean on it.
export function withoutRows(properties: JsonObject, gone: ReadonlySet<number>): JsonObject {
  return {
    ...properties,
    metrics: expandRows(properties['metrics'])
      .filter((row) => !gone.has(row.index))
      .map(writtenOut),
  };
}

function writtenOut(row: MetricRow): JsonValue[] {
  const texts = row.expression === undefined ? [row.namespace, row.name, ...row.dimensions.flat()] : [];
  return Object.keys(row.options).length > 0 ? [...texts, row.options] : texts;
}

export function withOption(properties: JsonObject, index: number, name: string, value: JsonValue | undefined): JsonObject {
  return {
    ...properties,
    metrics: expandRows(properties['metrics']).map((row) => {
      if (row.index !== index) {
        return writtenOut(row);
      }
      const options: JsonObject = { ...row.options };
      if (value === undefined || value === '') {
        delete options[name];
      } else {
        options[name] = value;
      }
      return writtenOut({ ...row, options });
    }),
  };
}

export function withExpression(properties: JsonObject, expression: string): JsonObject {
  const rows = expandRows(properties['metrics']);
  const taken = new Set(rows.map((row) => asText(row.options['id'])));
  let number = 1;
  while (taken.has(`e${number}`)) {
    ++number;
  }
  // Expressions speak of series by their ids: those without get one.
  let metrics = properties;
  let next = 1;
  for (const row of rows) {
    if (asText(row.options['id']) === undefined) {
      const prefix = row.expression === undefined ? 'm' : 'e';
      while (taken.has(`${prefix}${next}`)) {
        ++next;
      }
      taken.add(`${prefix}${next}`);
      metrics = withOption(metrics, row.index, 'id', `${prefix}${next}`);
    }
  }
  return {
    ...metrics,
    metrics: [...asList(metrics['metrics']), [{ expression, id: `e${number}`, label: expression }]],
  };
}

// State in the URL: compact JSON, which is what CloudWatch's own console keeps there in a form of its own.
export function selectionText(properties: JsonObject): string {
  return JSON.stringify(properties);
}

export function selectionOfText(text: string | null | undefined): JsonObject {
  if (text === null || text === undefined || text === '') {
    return emptySelection();
  }
  try {
    return { ...emptySelection(), ...asObject(JSON.parse(text)) };
  } catch {
    return emptySelection();
  }
}

// The dimension names that series of a namespace have, with their series: CloudWatch's second level.
export interface DimensionSet {
  names: string[];
  metrics: MetricName[];
}

export function dimensionSets(metrics: readonly MetricName[]): DimensionSet[] {
  const sets = new Map<string, DimensionSet>();
  for (const metric of metrics) {
    const names = Object.keys(metric.dimensions).sort();
    const key = JSON.stringify(names);
    const set = sets.get(key) ?? { names, metrics: [] };
    set.metrics.push(metric);
    sets.set(key, set);
  }
  return [...sets.values()].sort((a, b) => a.names.length - b.names.length || a.names.join().localeCompare(b.names.join()));
}

// Every word of a search is somewhere in the name or the dimensions.
export function doesMatch(metric: MetricName, search: string): boolean {
  const text = [metric.namespace, metric.name, ...Object.entries(metric.dimensions).flat()].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
