import { describe, expect, it } from 'vitest';
import { breachingIntervals, timelineOf, transitionOf } from './breaches';
import { compositeMembers, conditionText, emptyMetricForm, formProblems, metricFormOf, metricMembers } from './definition';

const form = { ...emptyMetricForm(), name: 'A', namespace: 'N', metricName: 'm', threshold: '100' };

describe('the form of a metric alarm', () => {
  it("goes to PutMetricAlarm's members and back", () => {
    const members = metricMembers({ ...form, dimensions: [['I', 'i-1']], statistic: 'p99', datapointsToAlarm: '1' });
    expect(members).toMatchObject({
      AlarmName: 'A',
      ExtendedStatistic: 'p99',
      Threshold: 100,
      DatapointsToAlarm: 1,
      Dimensions: [{ Name: 'I', Value: 'i-1' }],
    });
    expect(members['Statistic']).toBeUndefined();
    expect(metricFormOf(members)).toMatchObject({ statistic: 'p99', threshold: '100', dimensions: [['I', 'i-1']] });
  });

  it('keeps what it does not know and drops what is state', () => {
    const before = { Unit: 'Count', StateValue: 'OK', AlarmArn: 'arn', Statistic: 'Sum', DatapointsToAlarm: 2, Tags: [] };
    const members = metricMembers(form, before);
    expect(members).toMatchObject({ Unit: 'Count', Tags: [], Statistic: 'Average' });
    expect('StateValue' in members || 'AlarmArn' in members || 'DatapointsToAlarm' in members).toBe(false);
  });

  it('leaves an alarm of expressions its expressions', () => {
    const before = { AlarmName: 'A', Threshold: 1, Metrics: [{ Id: 'm1', MetricStat: { Metric: { Namespace: 'N', MetricName: 'm', Dimensions: [] }, Period: 60, Stat: 'Sum', Unit: 'Count' }, ReturnData: false }, { Id: 'e1', Expression: 'm1*2', Label: 'twice', ReturnData: true }] };
    const members = metricMembers(metricFormOf(before), before);
    expect(members['Metrics']).toEqual(before.Metrics);
    expect(conditionText(members)).toContain('m1*2 > 1');
    expect(members['MetricName']).toBeUndefined();
  });

  it('says what is missing', () => {
    expect(formProblems(form)).toEqual([]);
    expect(formProblems({ ...form, threshold: 'x', period: '90', evaluationPeriods: '0', name: ' ' })).toHaveLength(4);
    expect(formProblems({ ...form, datapointsToAlarm: '2' })).toHaveLength(1);
  });

  it('is told in words', () => {
    expect(conditionText(metricMembers({ ...form, evaluationPeriods: '3', datapointsToAlarm: '2' }))).toBe(
      'Average of m > 100 for 2 of 3 periods of 300 s',
    );
    expect(conditionText(compositeMembers({ ...form, rule: 'ALARM(a)' }))).toBe('ALARM(a)');
  });
});

describe('breaching intervals', () => {
  it('join neighbours and end at gaps', () => {
    expect(breachingIntervals([0, 60, 120, 180, 240], [5, 6, null, 7, 1], 60, 'GreaterThanThreshold', 4)).toEqual([
      { fromMs: 0, untilMs: 120 },
      { fromMs: 180, untilMs: 240 },
    ]);
  });
  it('keep the edge where the operator does', () => {
    expect(breachingIntervals([0], [4], 60, 'GreaterThanThreshold', 4)).toEqual([]);
    expect(breachingIntervals([0], [4], 60, 'LessThanOrEqualToThreshold', 4)).toHaveLength(1);
  });
});

describe('timelines', () => {
  const a = transitionOf(20, 'Alarm updated from OK to ALARM');
  const b = transitionOf(60, 'Alarm updated from ALARM to OK');
  const transitions = [b, a].filter((item) => item !== undefined);

  it('run over the range', () => {
    expect(timelineOf(transitions, 'OK', 0, 100, undefined)).toEqual([
      { fromMs: 0, untilMs: 20, state: 'OK' },
      { fromMs: 20, untilMs: 60, state: 'ALARM' },
      { fromMs: 60, untilMs: 100, state: 'OK' },
    ]);
  });
  it('know what came before the range', () => {
    expect(timelineOf(transitions, 'OK', 30, 50, undefined)).toEqual([{ fromMs: 30, untilMs: 50, state: 'ALARM' }]);
    expect(timelineOf(transitions, 'OK', 70, 100, undefined)).toEqual([{ fromMs: 70, untilMs: 100, state: 'OK' }]);
  });
  it('show nothing before the alarm was made', () => {
    expect(timelineOf([], 'INSUFFICIENT_DATA', 0, 100, 40)).toEqual([
      { fromMs: 0, untilMs: 40, state: 'unknown' },
      { fromMs: 40, untilMs: 100, state: 'INSUFFICIENT_DATA' },
    ]);
  });
});
