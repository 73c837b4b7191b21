import { describe, expect, it } from 'vitest';
import { alarmOfArn, horizontalAnnotations, verticalAnnotations } from './annotations';
import { widgetQueries } from './metric_queries';

const NOW = Date.UTC(2026, 2, 1);
const range = { sinceMs: NOW - 3 * 3_600_000, untilMs: NOW };

describe('widgetQueries', () => {
  it("asks for a widget's rows as GetMetricData takes them", () => {
    const { calls, plans } = widgetQueries(
      {
        region: 'us-west-2',
        period: 300,
        metrics: [
          ['VPC/NetworkLatency/8_8_8_8', 'rtt_avg', { stat: 'Average' }],
          ['.', 'rtt_max', { stat: 'Maximum' }],
        ],
      },
      'auto',
      range,
      NOW,
    );
    expect(calls).toHaveLength(1);
    expect(calls[0]?.region).toBe('us-west-2');
    expect(calls[0]?.queries[1]).toEqual({
      Id: 'm2',
      ReturnData: true,
      MetricStat: {
        Metric: { Namespace: 'VPC/NetworkLatency/8_8_8_8', MetricName: 'rtt_max', Dimensions: [] },
        Period: 300,
        Stat: 'Maximum',
      },
    });
    expect(plans.map((plan) => plan.axis)).toEqual(['left', 'left']);
  });

  it('prefers the row, then the widget, then the default', () => {
    const { calls } = widgetQueries(
      {
        stat: 'Sum',
        period: 60,
        metrics: [
          ['N', 'a'],
          ['N', 'b', { stat: 'p99', period: 3600 }],
        ],
      },
      'auto',
      range,
      NOW,
    );
    expect(calls[0]?.queries.map((query) => [query.MetricStat?.Stat, query.MetricStat?.Period])).toEqual([
      ['Sum', 60],
      ['p99', 3600],
    ]);
  });

  it('keeps ids that are given, and gives others around them', () => {
    const { calls } = widgetQueries(
      { metrics: [['N', 'a'], ['N', 'b', { id: 'm1' }], [{ expression: 'm1*2' }], ['N', 'c', { id: 'M1' }]] },
      'auto',
      range,
      NOW,
    );
    const ids = calls[0]?.queries.map((query) => query.Id) ?? [];
    expect(ids[1]).toBe('m1');
    expect(new Set(ids).size).toBe(4);
    expect(ids.every((id) => /^[a-z]/.test(id))).toBe(true);
  });

  it('asks for hidden rows without drawing them', () => {
    const { calls, plans } = widgetQueries(
      { metrics: [['N', 'a', { id: 'm1', visible: false }], [{ expression: 'm1*2', id: 'e1' }]] },
      'auto',
      range,
      NOW,
    );
    expect(calls[0]?.queries.map((query) => query.ReturnData)).toEqual([false, true]);
    expect(plans.map((plan) => plan.id)).toEqual(['e1']);
  });

  it('asks each region by itself', () => {
    const { calls } = widgetQueries(
      {
        region: 'us-west-2',
        metrics: [
          ['N', 'a'],
          ['N', 'a', { region: 'eu-west-1' }],
        ],
      },
      'auto',
      range,
      NOW,
    );
    expect(calls.map((call) => call.region)).toEqual(['us-west-2', 'eu-west-1']);
  });

  it('takes one period over the range where a single value is wanted', () => {
    const { calls } = widgetQueries({ view: 'singleValue', setPeriodToTimeRange: true, metrics: [['N', 'a']] }, 'auto', range, NOW);
    expect(calls[0]?.queries[0]?.MetricStat?.Period).toBe(3 * 3600);
  });

  it('lets no colour through that is none', () => {
    const { plans } = widgetQueries(
      {
        metrics: [
          ['N', 'a', { color: 'url(x)' }],
          ['N', 'b', { color: '#a1B2c3' }],
        ],
      },
      'auto',
      range,
      NOW,
    );
    expect(plans.map((plan) => plan.color)).toEqual([undefined, '#a1B2c3']);
  });
});

describe('annotations', () => {
  it('reads lines and bands', () => {
    const properties = {
      annotations: {
        horizontal: [
          { value: 5, label: 'limit', fill: 'above', yAxis: 'right' },
          [
            { value: 20, label: 'hi' },
            { value: 10, label: 'lo' },
          ],
          { value: 'x' },
          { value: 1, visible: false },
        ],
        vertical: [{ value: '2026-03-01T00:00:00Z', label: 'deploy' }],
      },
    };
    expect(horizontalAnnotations(properties)).toMatchObject([
      { from: 5, to: undefined, label: 'limit', fill: 'above', axis: 'right' },
      { from: 10, to: 20, label: 'hi – lo', axis: 'left' },
    ]);
    expect(verticalAnnotations(properties)[0]?.from).toBe(NOW);
  });

  it('finds the alarm in an ARN', () => {
    expect(alarmOfArn('arn:aws:cloudwatch:us-west-2:123456789012:alarm:a:b')).toEqual({ name: 'a:b', region: 'us-west-2' });
    expect(alarmOfArn('plain')).toEqual({ name: 'plain', region: undefined });
  });
});
