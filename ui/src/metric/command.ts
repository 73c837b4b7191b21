// The weir commands that give what a graph or a dashboard shows.
import { shellWord } from '../format/export';
import type { MetricDataQuery, RegionQueries } from '../dashboard/metric_queries';
import type { Span } from '../time/range';

const moment = (ms: number): string => new Date(ms).toISOString();

/** A part of NAMESPACE/METRIC{NAME=VALUE}:STATISTIC, quoted where it holds what would part it. */
function part(text: string, plain = /^[A-Za-z0-9_.#-]+$/): string {
  return plain.test(text) && !text.startsWith('-') ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function metricText({ Metric, Stat }: NonNullable<MetricDataQuery['MetricStat']>): string {
  const dimensions = Metric.Dimensions.map(({ Name, Value }) => `${part(Name)}=${part(Value)}`).join(',');
  const name = `${part(Metric.Namespace, /^[A-Za-z0-9_.#/-]+$/)}/${part(Metric.MetricName)}`;
  return `${name}${dimensions === '' ? '' : `{${dimensions}}`}:${Stat}`;
}

function commonWords(span: Span, region: string | undefined): string[] {
  return ['--since', moment(span.sinceMs), '--until', moment(span.untilMs), ...(region ? ['--region', region] : [])];
}

/** One metric by itself is got by its names; everything else is a query over named metrics. */
function wordsOf({ region, queries }: RegionQueries, span: Span): string[] {
  const [only] = queries;
  const stat = queries.length === 1 && only?.ReturnData ? only.MetricStat : undefined;
  if (stat) {
    const { Namespace, MetricName, Dimensions } = stat.Metric;
    const dimensions = Dimensions.flatMap(({ Name, Value }) => ['--dimension', `${/^["-]|=/.test(Name) ? part(Name) : Name}=${Value}`]);
    return ['weir', 'metric', 'get', ...dimensions, '--stat', stat.Stat, '--period', String(stat.Period), ...commonWords(span, region), '--', Namespace, MetricName];
  }
  const named = (query: MetricDataQuery, text: string, period: number | undefined): string => `${query.Id}@${period ?? 60}=${text}`;
  const metrics = queries.flatMap((query) => (query.MetricStat ? ['--id', named(query, metricText(query.MetricStat), query.MetricStat.Period)] : []));
  const shown = queries.filter((query) => query.ReturnData).flatMap(({ Id }) => ['--show', Id]);
  const labels = queries.flatMap(({ Id, Label }) => (Label === undefined ? [] : ['--label', `${Id}=${Label}`]));
  const expressions = queries.flatMap((query) => (query.Expression === undefined ? [] : [named(query, query.Expression, query.Period)]));
  return ['weir', 'metric', 'query', ...metrics, ...shown, ...labels, ...commonWords(span, region), ...(expressions.length === 0 ? [] : ['--', ...expressions])];
}

/** A command a region; null where nothing is shown. */
export function metricCommand(calls: readonly RegionQueries[], span: Span): string | null {
  const commands = calls.filter((call) => call.queries.some((query) => query.ReturnData)).map((call) => wordsOf(call, span).map(shellWord).join(' '));
  return commands.length === 0 ? null : commands.join(' && ');
}

export function dashboardCommand(name: string, span: Span, variables: readonly [id: string, value: string][]): string {
  const chosen = variables.flatMap(([id, value]) => ['--variable', `${id}=${value}`]);
  const options = [...commonWords(span, undefined), ...chosen];
  // Behind -- a name may begin with a dash.
  const words = name.startsWith('-') ? [...options, '--', name] : [name, ...options];
  return ['weir', 'dashboard', 'show', ...words].map(shellWord).join(' ');
}
