import { asFlag, asList, asNumber, asObject, asText, type JsonObject } from '../dashboard/json';

// A metric alarm as its form holds it: texts, since a form may hold anything.
export interface MetricAlarmForm {
  name: string;
  description: string;
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
  return {
    ...sharedMembers(alarm),
    namespace: asText(alarm['Namespace']) ?? '',
    metricName: asText(alarm['MetricName']) ?? '',
    dimensions: asList(alarm['Dimensions']).map((item): [string, string] => [
      asText(asObject(item)['Name']) ?? '',
      asText(asObject(item)['Value']) ?? '',
    ]),
    statistic: asText(alarm['ExtendedStatistic']) ?? asText(alarm['Statistic']) ?? 'Average',
    period: numberText(alarm['Period']),
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
  const wanted: [string, string][] = [
    [form.name, 'The alarm has no name yet.'],
    [form.namespace, 'The alarm names no namespace yet.'],
    [form.metricName, 'The alarm names no metric yet.'],
  ];
  problems.push(...wanted.filter(([text]) => text.trim() === '').map(([, message]) => message));
  if (form.threshold.trim() === '' || !Number.isFinite(Number(form.threshold))) {
    problems.push('The threshold is not a number.');
  }
  if (!isWhole(form.period) || !([10, 20, 30].includes(Number(form.period)) || Number(form.period) % 60 === 0)) {
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
  if (form.dimensions.some(([name, value]) => name === '' || value === '')) {
    problems.push('A dimension has a name and a value.');
  }
  return problems;
}

// Members that the form does not know (tags, units, Metrics …) are kept from what was there before.
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
    Threshold: Number(form.threshold),
    TreatMissingData: form.missingData,
  };
  for (const member of ['AlarmDescription', 'DatapointsToAlarm', 'Statistic', 'ExtendedStatistic']) {
    delete members[member];
  }
  if (form.description !== '') {
    members['AlarmDescription'] = form.description;
  }
  if (form.datapointsToAlarm !== '') {
    members['DatapointsToAlarm'] = Number(form.datapointsToAlarm);
  }
  if (Array.isArray(members['Metrics']) && members['Metrics'].length > 0) {
    return members; // an alarm of expressions keeps them
  }
  delete members['Metrics'];
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
  const comparison = COMPARISONS.find((item) => item.name === alarm['ComparisonOperator']);
  const n = asNumber(alarm['EvaluationPeriods']) ?? 1;
  const m = asNumber(alarm['DatapointsToAlarm']) ?? n;
  const statistic = asText(alarm['ExtendedStatistic']) ?? asText(alarm['Statistic']);
  const metric = asText(alarm['MetricName']);
  const subject = metric === undefined ? 'the expression' : `${statistic ?? ''} of ${metric}`;
  const words = comparison?.sign ?? asText(alarm['ComparisonOperator']) ?? '';
  const threshold = asNumber(alarm['Threshold']);
  const period = asNumber(alarm['Period']);
  return `${subject} ${words} ${threshold ?? 'its band'} for ${m} of ${n} ${n === 1 ? 'period' : 'periods'}${period === undefined ? '' : ` of ${period} s`}`;
}
