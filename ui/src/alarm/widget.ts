import { asList, asNumber, asObject, asText, type JsonObject, type JsonValue } from '../dashboard/json';

function rowOf(metricStat: JsonObject, options: JsonObject): JsonValue[] {
  const metric = asObject(metricStat['Metric']);
  const dimensions = asList(metric['Dimensions']).flatMap((item) => [asText(asObject(item)['Name']) ?? '', asText(asObject(item)['Value']) ?? '']);
  return [asText(metric['Namespace']) ?? '', asText(metric['MetricName']) ?? '', ...dimensions, options];
}

function expressionRows(metrics: JsonValue[]): JsonValue[] {
  return metrics.map((item) => {
    const query = asObject(item);
    const options: JsonObject = { id: asText(query['Id']) ?? '', visible: query['ReturnData'] !== false };
    const label = asText(query['Label']);
    if (label !== undefined) options['label'] = label;
    const stat = asObject(query['MetricStat']);
    if (query['MetricStat'] !== undefined) {
      return rowOf(stat, { ...options, stat: asText(stat['Stat']) ?? 'Average', period: asNumber(stat['Period']) ?? 300 });
    }
    return [{ ...options, expression: asText(query['Expression']) ?? '' }];
  });
}

/** The graph of what an alarm watches, as a metric widget's properties: its series, and its threshold as a line. */
export function widgetOfAlarm(alarm: JsonObject, region: string | undefined): JsonObject | null {
  if (alarm['AlarmRule'] !== undefined) return null;
  const metrics = asList(alarm['Metrics']);
  const period = asNumber(alarm['Period']) ?? periodOf(metrics) ?? 300;
  const statistic = asText(alarm['ExtendedStatistic']) ?? asText(alarm['Statistic']) ?? 'Average';
  const threshold = asNumber(alarm['Threshold']);
  const widget: JsonObject = {
    metrics: metrics.length > 0 ? expressionRows(metrics) : [rowOf({ Metric: alarm }, { stat: statistic, period })],
    view: 'timeSeries',
    stacked: false,
    period,
    title: asText(alarm['AlarmName']) ?? '',
  };
  if (region !== undefined) widget['region'] = region;
  if (threshold !== undefined) {
    widget['annotations'] = { horizontal: [{ value: threshold, label: `threshold ${threshold}` }] };
  }
  return widget;
}

function periodOf(metrics: JsonValue[]): number | undefined {
  for (const item of metrics) {
    const period = asNumber(asObject(asObject(item)['MetricStat'])['Period']) ?? asNumber(asObject(item)['Period']);
    if (period !== undefined) return period;
  }
  return undefined;
}

/** The other way round: the alarm that a graph's row would make. */
export function alarmOfRow(row: { namespace: string; name: string; dimensions: [string, string][] }, statistic: string, period: number): JsonObject {
  return {
    Namespace: row.namespace,
    MetricName: row.name,
    Dimensions: row.dimensions.map(([Name, Value]) => ({ Name, Value })),
    [/^(Average|Sum|Minimum|Maximum|SampleCount)$/.test(statistic) ? 'Statistic' : 'ExtendedStatistic']: statistic,
    Period: period,
  };
}
