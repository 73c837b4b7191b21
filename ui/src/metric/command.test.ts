import { describe, expect, it } from 'vitest';
import { dashboardCommand, metricCommand } from './command';
import { widgetQueries } from '../dashboard/metric_queries';

const span = { sinceMs: Date.UTC(2026, 2, 1), untilMs: Date.UTC(2026, 2, 1, 3) };
const RANGE = '--since 2026-03-01T00:00:00.000Z --until 2026-03-01T03:00:00.000Z';
const commandOf = (properties: Parameters<typeof widgetQueries>[0]) => metricCommand(widgetQueries(properties, 'auto', span, span.untilMs).calls, span);

describe('the command of a graph', () => {
  it('gets one metric by its names', () => {
    expect(commandOf({ region: 'eu-west-1', metrics: [['AWS/EC2', 'CPUUtilization', 'InstanceId', 'i-1', { stat: 'p99' }]] })).toBe(
      `weir metric get --dimension InstanceId=i-1 --stat p99 --period 300 ${RANGE} --region eu-west-1 -- AWS/EC2 CPUUtilization`,
    );
  });

  it('queries where there are several, or expressions', () => {
    expect(
      commandOf({ metrics: [['N/S', 'a', { id: 'a', visible: false }], ['.', 'b b', 'x=y', '1,2', { id: 'b', period: 60 }], [{ expression: 'a / b', label: 'share', id: 'e1' }]] }),
    ).toBe(
      `weir metric query --id a@300=N/S/a:Average --id 'b@60=N/S/"b b"{"x=y"="1,2"}:Average' --show b --show e1 --label e1=share ${RANGE} -- 'e1@300=a / b'`,
    );
  });

  it('quotes what is hostile, twice', () => {
    expect(commandOf({ metrics: [["'; rm \"-rf\" \\ $(x)", 'm', {}], ['N', 'm']] })).toContain(`--id 'm1@300="'\\''; rm \\"-rf\\" \\\\ $(x)"/m:Average'`);
  });

  it('is one a region, and none where nothing is shown', () => {
    expect(commandOf({ metrics: [['N', 'a', { region: 'us-east-1' }], ['N', 'b', { region: 'us-west-2' }]] })?.split(' && ')).toHaveLength(2);
    expect(commandOf({ metrics: [['N', 'a', { visible: false }]] })).toBeNull();
  });
});

it('the command of a dashboard names its range and what was chosen', () => {
  expect(dashboardCommand('My-Dashboard', span, [['stage', "it's"]])).toBe(`weir dashboard show My-Dashboard ${RANGE} --variable 'stage=it'\\''s'`);
});
