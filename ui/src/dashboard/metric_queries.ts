import { asFlag, asNumber, asText, type JsonObject } from './json';
import { expandRows, type MetricRow } from './metric_rows';
import { periodS, wholeRangePeriodS, type TimeRange } from './time_range';

// Members as GetMetricData has them.
export interface MetricDataQuery {
  Id: string;
  MetricStat?: {
    Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: string }[] };
    Period: number;
    Stat: string;
  };
  Expression?: string;
  Period?: number;
  Label?: string;
  ReturnData: boolean;
}

// How the series of one row are drawn.
export interface SeriesPlan {
  id: string;
  row: MetricRow;
  color: string | undefined;
  axis: 'left' | 'right';
}

export interface RegionQueries {
  region: string | undefined;
  queries: MetricDataQuery[];
}

export interface WidgetQueries {
  calls: RegionQueries[]; // one a region
  plans: SeriesPlan[];
  periodS: number;
}

const ID_PATTERN = /^[a-z][a-zA-Z0-9_]*$/;
const SINGLE_VALUE_VIEWS = ['singleValue', 'number', 'gauge', 'bar', 'pie', 'table'];

export function viewOf(properties: JsonObject): string {
  return asText(properties['view']) ?? 'timeSeries';
}

// Only colours written as such reach a canvas.
export function colorOf(value: unknown): string | undefined {
  const text = asText(value);
  return text !== undefined && /^#[0-9a-fA-F]{6}$/.test(text) ? text : undefined;
}

function idsOf(rows: readonly MetricRow[]): string[] {
  const taken = new Set(rows.map((row) => asText(row.options['id'])).filter((id) => id !== undefined));
  const used = new Set<string>();
  let next = 1;
  return rows.map((row) => {
    const own = asText(row.options['id']);
    if (own !== undefined && ID_PATTERN.test(own) && !used.has(own)) {
      used.add(own);
      return own;
    }
    const prefix = row.expression === undefined ? 'm' : 'e';
    while (taken.has(`${prefix}${next}`) || used.has(`${prefix}${next}`)) {
      ++next;
    }
    const id = `${prefix}${next}`;
    used.add(id);
    return id;
  });
}

export function widgetQueries(properties: JsonObject, override: 'auto' | 'inherit', range: TimeRange, nowMs: number): WidgetQueries {
  const rows = expandRows(properties['metrics']);
  const ids = idsOf(rows);
  const region = asText(properties['region']);
  const isWhole = asFlag(properties['setPeriodToTimeRange']) && SINGLE_VALUE_VIEWS.includes(viewOf(properties));
  const chosenPeriod = (ownS: number): number => (isWhole ? wholeRangePeriodS(range) : periodS(ownS, override, range, nowMs));
  const widgetPeriodS = asNumber(properties['period']) ?? 300;
  const calls = new Map<string | undefined, MetricDataQuery[]>();
  const plans: SeriesPlan[] = [];
  rows.forEach((row, i) => {
    const id = ids[i] ?? '';
    const isVisible = row.options['visible'] !== false;
    const label = asText(row.options['label']);
    const period = chosenPeriod(asNumber(row.options['period']) ?? widgetPeriodS);
    const query: MetricDataQuery = { Id: id, ReturnData: isVisible };
    if (label !== undefined && label !== '') {
      query.Label = label;
    }
    if (row.expression === undefined) {
      query.MetricStat = {
        Metric: {
          Namespace: row.namespace,
          MetricName: row.name,
          Dimensions: row.dimensions.map(([Name, Value]) => ({ Name, Value })),
        },
        Period: period,
        Stat: asText(row.options['stat']) ?? asText(properties['stat']) ?? 'Average',
      };
    } else {
      query.Expression = row.expression;
      query.Period = period;
    }
    const where = row.expression === undefined ? (asText(row.options['region']) ?? region) : region;
    calls.set(where, [...(calls.get(where) ?? []), query]);
    if (isVisible) {
      plans.push({
        id,
        row,
        color: colorOf(row.options['color']),
        axis: row.options['yAxis'] === 'right' ? 'right' : 'left',
      });
    }
  });
  return {
    calls: [...calls].map(([where, queries]) => ({ region: where, queries })),
    plans,
    periodS: chosenPeriod(widgetPeriodS),
  };
}
