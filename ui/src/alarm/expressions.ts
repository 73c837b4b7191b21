import { asFlag, asList, asNumber, asObject, asText, type JsonObject, type JsonValue } from '../dashboard/json';

// One element of an alarm's Metrics, as its form holds it.
export interface QueryForm {
  id: string;
  kind: 'metric' | 'expression';
  expression: string;
  namespace: string;
  metricName: string;
  dimensions: [name: string, value: string][];
  statistic: string;
  period: string;
  before: JsonObject; // members that the form does not know are kept
}

export const BAND_FUNCTION = 'ANOMALY_DETECTION_BAND';
const ID_PATTERN = /^[a-z][a-zA-Z0-9_]*$/;

export function emptyQuery(kind: QueryForm['kind'], taken: readonly QueryForm[]): QueryForm {
  const prefix = kind === 'metric' ? 'm' : 'e';
  let number = 1;
  while (taken.some((query) => query.id === `${prefix}${number}`)) ++number;
  return {
    id: `${prefix}${number}`,
    kind,
    expression: '',
    namespace: taken.find((query) => query.kind === 'metric')?.namespace ?? '',
    metricName: '',
    dimensions: [],
    statistic: 'Average',
    period: taken.find((query) => query.kind === 'metric')?.period ?? '300',
    before: {},
  };
}

export function pairsOf(dimensions: unknown): [string, string][] {
  return asList(dimensions).map((item): [string, string] => [asText(asObject(item)['Name']) ?? '', asText(asObject(item)['Value']) ?? '']);
}

export function queryFormsOf(metrics: unknown): QueryForm[] {
  return asList(metrics).map((item) => {
    const query = asObject(item);
    const stat = asObject(query['MetricStat']);
    const metric = asObject(stat['Metric']);
    return {
      id: asText(query['Id']) ?? '',
      kind: query['MetricStat'] === undefined ? 'expression' : 'metric',
      expression: asText(query['Expression']) ?? '',
      namespace: asText(metric['Namespace']) ?? '',
      metricName: asText(metric['MetricName']) ?? '',
      dimensions: pairsOf(metric['Dimensions']),
      statistic: asText(stat['Stat']) ?? 'Average',
      period: String(asNumber(stat['Period']) ?? asNumber(query['Period']) ?? ''),
      before: query,
    };
  });
}

// What is compared: of several that return data, the one that is no band.
export function watchedId(metrics: unknown, bandId: string | undefined): string {
  const returned = asList(metrics).map(asObject).filter((query) => query['ReturnData'] === undefined || asFlag(query['ReturnData']));
  return asText((returned.find((query) => query['Id'] !== bandId) ?? returned[0] ?? {})['Id']) ?? '';
}

export function queryMembers(query: QueryForm, returnsData: boolean): JsonObject {
  const members: JsonObject = { ...query.before, Id: query.id.trim(), ReturnData: returnsData };
  for (const member of ['MetricStat', 'Expression', 'Period']) delete members[member];
  const stat = asObject(query.before['MetricStat']);
  const period: JsonObject = query.period.trim() === '' ? {} : { Period: Number(query.period) };
  if (query.kind === 'expression') return { ...members, Expression: query.expression.trim(), ...period };
  return {
    ...members,
    MetricStat: {
      ...stat,
      Metric: {
        ...asObject(stat['Metric']),
        Namespace: query.namespace.trim(),
        MetricName: query.metricName.trim(),
        Dimensions: query.dimensions.map(([Name, Value]) => ({ Name, Value })),
      },
      ...period,
      Stat: query.statistic,
    },
  };
}

export function queryProblems(queries: readonly QueryForm[], watched: string): string[] {
  const problems: string[] = [];
  const ids = queries.map((query) => query.id.trim());
  const isPeriod = (text: string): boolean => [10, 20, 30].includes(Number(text)) || (Number(text) > 0 && Number(text) % 60 === 0);
  queries.forEach((query, i) => {
    const name = ids[i] === '' ? `Row ${i + 1}` : ids[i];
    if (!ID_PATTERN.test(ids[i] ?? '')) problems.push(`${name}: an id begins with a small letter and has letters, digits and _ alone.`);
    else if (ids.indexOf(ids[i] ?? '') !== i) problems.push(`${name}: two rows have this id.`);
    if (query.kind === 'expression' && query.expression.trim() === '') problems.push(`${name} has no expression yet.`);
    if (query.kind === 'metric') {
      if (query.namespace.trim() === '' || query.metricName.trim() === '') problems.push(`${name} names no metric yet.`);
      if (!isPeriod(query.period)) problems.push(`${name}: the period is 10, 20, 30 or a multiple of 60 seconds.`);
      if (query.dimensions.some(([key, value]) => key === '' || value === '')) problems.push(`${name}: a dimension has a name and a value.`);
    }
  });
  if (!ids.includes(watched)) problems.push('Nothing is chosen that the alarm watches.');
  return problems;
}

// The members of an alarm on the band of one metric, and back.
export function bandMetrics(metric: QueryForm, width: string, before: JsonValue | undefined): JsonObject[] {
  const old = asList(before).map(asObject).find((query) => asText(query['Expression'])?.startsWith(BAND_FUNCTION));
  return [queryMembers(metric, true), { ...old, Id: asText(old?.['Id']) ?? 'ad1', Expression: `${BAND_FUNCTION}(${metric.id}, ${width.trim()})`, ReturnData: true }];
}

export function readBand(alarm: JsonObject): { metric: QueryForm; width: string } | undefined {
  const queries = queryFormsOf(alarm['Metrics']);
  const bandId = asText(alarm['ThresholdMetricId']);
  const band = queries.find((query) => query.id === bandId);
  const match = /^ANOMALY_DETECTION_BAND\(\s*([a-z]\w*)\s*(?:,\s*([\d.]+)\s*)?\)$/.exec(band?.expression.trim() ?? '');
  const metric = queries.find((query) => query.kind === 'metric' && query.id === match?.[1]);
  return match && metric && queries.length === 2 ? { metric, width: match[2] ?? '2' } : undefined;
}
