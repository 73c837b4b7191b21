import { asFlag, asList, asNumber, asText, type JsonObject } from '../dashboard/json';
import { bandMetrics, BAND_FUNCTION, emptyQuery, pairsOf, queryFormsOf, queryMembers, queryProblems, readBand, watchedId, type QueryForm } from './expressions';

// A metric alarm as its form holds it: texts, since a form may hold anything.
export interface MetricAlarmForm {
  name: string;
  description: string;
  subject: 'metric' | 'math' | 'band';
  queries: QueryForm[]; // of math
  watched: string; // its id
  thresholdId: string; // the band's, where math is compared with one
  bandWidth: string; // in deviations
  namespace: string;
  metricName: string;
  dimensions: [name: string, value: string][];
  statistic: string;
  period: string;
  evaluationPeriods: string;
  datapointsToAlarm: string; // empty: as many as the evaluation periods
  comparison: string;
  threshold: string;
  missingData: string;
  isActionsEnabled: boolean;
  alarmActions: string[];
  okActions: string[];
  insufficientDataActions: string[];
}

export interface CompositeAlarmForm {
  name: string;
  description: string;
  rule: string;
  isActionsEnabled: boolean;
  alarmActions: string[];
  okActions: string[];
  insufficientDataActions: string[];
}

export const COMPARISONS: readonly { name: string; words: string; sign: string }[] = [
  { name: 'GreaterThanThreshold', words: 'greater than', sign: '>' },
  { name: 'GreaterThanOrEqualToThreshold', words: 'greater than or equal to', sign: '≥' },
  { name: 'LessThanThreshold', words: 'less than', sign: '<' },
  { name: 'LessThanOrEqualToThreshold', words: 'less than or equal to', sign: '≤' },
];

export const BAND_COMPARISONS: readonly { name: string; words: string; sign: string }[] = [
  { name: 'LessThanLowerOrGreaterThanUpperThreshold', words: 'outside of the band', sign: 'outside of' },
  { name: 'GreaterThanUpperThreshold', words: 'above the band', sign: 'above' },
  { name: 'LessThanLowerThreshold', words: 'below the band', sign: 'below' },
];

export function isBandComparison(name: string): boolean {
  return BAND_COMPARISONS.some((comparison) => comparison.name === name);
}

export const MISSING_DATA: readonly { name: string; words: string }[] = [
  { name: 'missing', words: 'missing: the state becomes INSUFFICIENT_DATA when all are' },
  { name: 'notBreaching', words: 'notBreaching: as if within the threshold' },
  { name: 'breaching', words: 'breaching: as if beyond the threshold' },
  { name: 'ignore', words: 'ignore: the state stays as it is' },
];

export const BASIC_STATISTICS = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'];
export const STATISTICS = [...BASIC_STATISTICS, 'p50', 'p90', 'p95', 'p99', 'tm99', 'IQM'];

export function emptyMetricForm(): MetricAlarmForm {
  return {
    name: '',
    description: '',
    subject: 'metric',
    queries: [],
    watched: '',
    thresholdId: '',
    bandWidth: '2',
    namespace: '',
    metricName: '',
    dimensions: [],
    statistic: 'Average',
    period: '300',
    evaluationPeriods: '1',
    datapointsToAlarm: '',
    comparison: 'GreaterThanThreshold',
    threshold: '',
    missingData: 'missing',
    isActionsEnabled: true,
    alarmActions: [],
    okActions: [],
    insufficientDataActions: [],
  };
}

function textsOf(value: unknown): string[] {
  return asList(value).filter((item): item is string => typeof item === 'string');
}

function sharedMembers(alarm: JsonObject): Omit<CompositeAlarmForm, 'rule'> {
  return {
    name: asText(alarm['AlarmName']) ?? '',
    description: asText(alarm['AlarmDescription']) ?? '',
    isActionsEnabled: alarm['ActionsEnabled'] === undefined ? true : asFlag(alarm['ActionsEnabled']),
    alarmActions: textsOf(alarm['AlarmActions']),
    okActions: textsOf(alarm['OKActions']),
    insufficientDataActions: textsOf(alarm['InsufficientDataActions']),
  };
}

export function metricFormOf(alarm: JsonObject): MetricAlarmForm {
  const numberText = (value: unknown): string => String(asNumber(value) ?? '');
  const band = readBand(alarm);
  const queries = queryFormsOf(alarm['Metrics']);
  const thresholdId = asText(alarm['ThresholdMetricId']);
  return {
    ...sharedMembers(alarm),
    subject: band ? 'band' : queries.length > 0 ? 'math' : 'metric',
    queries: band ? [] : queries,
    watched: watchedId(alarm['Metrics'], thresholdId),
    thresholdId: thresholdId ?? '',
    bandWidth: band?.width ?? '2',
    namespace: band?.metric.namespace ?? asText(alarm['Namespace']) ?? '',
    metricName: band?.metric.metricName ?? asText(alarm['MetricName']) ?? '',
    dimensions: band?.metric.dimensions ?? pairsOf(alarm['Dimensions']),
    statistic: band?.metric.statistic ?? asText(alarm['ExtendedStatistic']) ?? asText(alarm['Statistic']) ?? 'Average',
    period: band?.metric.period ?? numberText(alarm['Period']),
    evaluationPeriods: numberText(alarm['EvaluationPeriods']),
    datapointsToAlarm: numberText(alarm['DatapointsToAlarm']),
    comparison: asText(alarm['ComparisonOperator']) ?? 'GreaterThanThreshold',
    threshold: numberText(alarm['Threshold']),
    missingData: asText(alarm['TreatMissingData']) ?? 'missing',
  };
}

export function compositeFormOf(alarm: JsonObject): CompositeAlarmForm {
  return { ...sharedMembers(alarm), rule: asText(alarm['AlarmRule']) ?? '' };
}

// What the form can tell by itself; all else is the server's to refuse, in CloudWatch's words.
export function formProblems(form: MetricAlarmForm): string[] {
  const problems: string[] = [];
  const isWhole = (text: string): boolean => /^[1-9]\d*$/.test(text);
  const wanted: [string, string][] = [[form.name, 'The alarm has no name yet.']];
  if (form.subject !== 'math') {
    wanted.push([form.namespace, 'The alarm names no namespace yet.'], [form.metricName, 'The alarm names no metric yet.']);
  }
  problems.push(...wanted.filter(([text]) => text.trim() === '').map(([, message]) => message));
  if (form.subject === 'math') {
    problems.push(...queryProblems(form.queries, form.watched));
    if (isBandComparison(form.comparison) && !bandIds(form).includes(form.thresholdId)) {
      problems.push(`A comparison with a band takes a row of ${BAND_FUNCTION}.`);
    }
  }
  if (form.subject === 'band' && !(Number(form.bandWidth) > 0)) {
    problems.push('The width of the band is a number above 0.');
  }
  if (!isBandComparison(form.comparison) && (form.threshold.trim() === '' || !Number.isFinite(Number(form.threshold)))) {
    problems.push('The threshold is not a number.');
  }
  if (form.subject !== 'math' && (!isWhole(form.period) || !([10, 20, 30].includes(Number(form.period)) || Number(form.period) % 60 === 0))) {
    problems.push('The period is 10, 20, 30 or a multiple of 60 seconds.');
  }
  if (!isWhole(form.evaluationPeriods)) {
    problems.push('The number of periods is a whole number from 1 on.');
  }
  if (form.datapointsToAlarm !== '') {
    if (!isWhole(form.datapointsToAlarm) || Number(form.datapointsToAlarm) > Number(form.evaluationPeriods)) {
      problems.push('Data points to alarm are from 1 to the number of periods.');
    }
  }
  if (form.subject !== 'math' && form.dimensions.some(([name, value]) => name === '' || value === '')) {
    problems.push('A dimension has a name and a value.');
  }
  return problems;
}

// Rows of math that can be a threshold.
export function bandIds(form: Pick<MetricAlarmForm, 'queries'>): string[] {
  return form.queries.filter((query) => query.kind === 'expression' && query.expression.trim().startsWith(BAND_FUNCTION)).map((query) => query.id);
}

// Another subject keeps what can be kept: the metric becomes the first row of math, and the first row the metric.
export function withSubject(form: MetricAlarmForm, subject: MetricAlarmForm['subject']): MetricAlarmForm {
  const next: MetricAlarmForm = { ...form, subject };
  if (subject === 'math' && form.queries.length === 0) {
    const { namespace, metricName, dimensions, statistic, period } = form;
    const metric: QueryForm = { ...emptyQuery('metric', []), namespace, metricName, dimensions, statistic, period };
    next.queries = [metric, emptyQuery('expression', [metric])];
    next.watched = 'e1';
  }
  if (subject !== 'math' && form.metricName === '') {
    const first = form.queries.find((query) => query.kind === 'metric');
    if (first) Object.assign(next, { namespace: first.namespace, metricName: first.metricName, dimensions: first.dimensions, statistic: first.statistic, period: first.period });
  }
  if (subject === 'band' && !isBandComparison(form.comparison)) next.comparison = BAND_COMPARISONS[0]!.name;
  if (subject !== 'band' && isBandComparison(form.comparison)) next.comparison = COMPARISONS[0]!.name;
  return next;
}

// Members that the form does not know (tags, units …) are kept from what was there before.
const STATE_MEMBERS = [
  'AlarmArn',
  'AlarmConfigurationUpdatedTimestamp',
  'StateValue',
  'StateReason',
  'StateReasonData',
  'StateUpdatedTimestamp',
  'StateTransitionedTimestamp',
  'EvaluationState',
  'ActionsSuppressedBy',
  'ActionsSuppressedReason',
];

function keptMembers(before: JsonObject | undefined): JsonObject {
  const kept: JsonObject = { ...before };
  for (const member of STATE_MEMBERS) {
    delete kept[member];
  }
  return kept;
}

function actionMembers(form: Omit<CompositeAlarmForm, 'rule'>): JsonObject {
  return {
    AlarmName: form.name.trim(),
    ActionsEnabled: form.isActionsEnabled,
    AlarmActions: form.alarmActions.filter((text) => text.trim() !== ''),
    OKActions: form.okActions.filter((text) => text.trim() !== ''),
    InsufficientDataActions: form.insufficientDataActions.filter((text) => text.trim() !== ''),
  };
}

export function metricMembers(form: MetricAlarmForm, before?: JsonObject): JsonObject {
  const members: JsonObject = {
    ...keptMembers(before),
    ...actionMembers(form),
    ComparisonOperator: form.comparison,
    EvaluationPeriods: Number(form.evaluationPeriods),
    TreatMissingData: form.missingData,
  };
  for (const member of ['AlarmDescription', 'DatapointsToAlarm', 'Statistic', 'ExtendedStatistic', 'Threshold', 'ThresholdMetricId', 'Metrics', ...(form.subject === 'metric' ? [] : ['Namespace', 'MetricName', 'Dimensions', 'Period', 'Unit', 'EvaluateLowSampleCountPercentile'])]) {
    delete members[member];
  }
  if (form.description !== '') {
    members['AlarmDescription'] = form.description;
  }
  if (form.datapointsToAlarm !== '') {
    members['DatapointsToAlarm'] = Number(form.datapointsToAlarm);
  }
  if (!isBandComparison(form.comparison)) {
    members['Threshold'] = Number(form.threshold);
  }
  if (form.subject === 'band') {
    const { namespace, metricName, dimensions, statistic, period } = form;
    const old = before && readBand(before)?.metric;
    const metric: QueryForm = { ...(old ?? emptyQuery('metric', [])), namespace, metricName, dimensions, statistic, period };
    const metrics = bandMetrics(metric, form.bandWidth, before?.['Metrics']);
    return { ...members, Metrics: metrics, ThresholdMetricId: metrics[1]!['Id']! };
  }
  if (form.subject === 'math') {
    const hasBand = isBandComparison(form.comparison);
    const returned = hasBand ? [form.watched, form.thresholdId] : [form.watched];
    members['Metrics'] = form.queries.map((query) => queryMembers(query, returned.includes(query.id)));
    if (hasBand) members['ThresholdMetricId'] = form.thresholdId;
    return members;
  }
  members['Namespace'] = form.namespace.trim();
  members['MetricName'] = form.metricName.trim();
  members['Dimensions'] = form.dimensions.map(([Name, Value]) => ({ Name, Value }));
  members['Period'] = Number(form.period);
  members[BASIC_STATISTICS.includes(form.statistic) ? 'Statistic' : 'ExtendedStatistic'] = form.statistic;
  return members;
}

export function compositeMembers(form: CompositeAlarmForm, before?: JsonObject): JsonObject {
  const members: JsonObject = { ...keptMembers(before), ...actionMembers(form), AlarmRule: form.rule };
  delete members['AlarmDescription'];
  if (form.description !== '') {
    members['AlarmDescription'] = form.description;
  }
  return members;
}

export function conditionText(alarm: JsonObject): string {
  const rule = asText(alarm['AlarmRule']);
  if (rule !== undefined) {
    return rule;
  }
  const comparison = [...COMPARISONS, ...BAND_COMPARISONS].find((item) => item.name === alarm['ComparisonOperator']);
  const n = asNumber(alarm['EvaluationPeriods']) ?? 1;
  const m = asNumber(alarm['DatapointsToAlarm']) ?? n;
  const statistic = asText(alarm['ExtendedStatistic']) ?? asText(alarm['Statistic']);
  const metric = asText(alarm['MetricName']);
  const watched = queryFormsOf(alarm['Metrics']).find((query) => query.id === watchedId(alarm['Metrics'], asText(alarm['ThresholdMetricId'])));
  const subject =
    metric !== undefined
      ? `${statistic ?? ''} of ${metric}`
      : watched === undefined
        ? 'the expression'
        : watched.kind === 'metric'
          ? `${watched.statistic} of ${watched.metricName}`
          : watched.expression;
  const words = comparison?.sign ?? asText(alarm['ComparisonOperator']) ?? '';
  const threshold = asNumber(alarm['Threshold']);
  const period = asNumber(alarm['Period']) ?? (watched?.kind === 'metric' ? Number(watched.period) : undefined);
  return `${subject} ${words} ${threshold ?? 'its band'} for ${m} of ${n} ${n === 1 ? 'period' : 'periods'}${period === undefined ? '' : ` of ${period} s`}`;
}
