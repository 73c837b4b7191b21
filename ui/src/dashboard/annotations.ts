import { asList, asNumber, asObject, asText, type JsonObject, type JsonValue } from './json';
import { colorOf } from './metric_queries';

// A line or a band across a graph: `to` is undefined for a line.
export interface Annotation {
  from: number; // value, or time in ms
  to: number | undefined;
  label: string;
  color: string | undefined;
  fill: 'above' | 'below' | 'before' | 'after' | 'none';
  axis: 'left' | 'right';
}

const FILLS = ['above', 'below', 'before', 'after'] as const;

function readOne(item: JsonValue, read: (value: unknown) => number | undefined): Annotation | undefined {
  const ends = Array.isArray(item) ? item.map(asObject) : [asObject(item)];
  const first = ends[0] ?? {};
  const from = read(first['value']);
  if (from === undefined || ends.some((end) => end['visible'] === false)) {
    return undefined;
  }
  const to = ends.length > 1 ? read(ends[1]?.['value']) : undefined;
  return {
    from: to === undefined ? from : Math.min(from, to),
    to: to === undefined ? undefined : Math.max(from, to),
    label: [first, ends[1] ?? {}]
      .map((end) => asText(end['label']) ?? '')
      .filter((text) => text !== '')
      .join(' – '),
    color: colorOf(first['color']),
    fill: FILLS.find((fill) => fill === first['fill']) ?? 'none',
    axis: first['yAxis'] === 'right' ? 'right' : 'left',
  };
}

function timeMs(value: unknown): number | undefined {
  const text = asText(value);
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function readAll(list: unknown, read: (value: unknown) => number | undefined): Annotation[] {
  return asList(list)
    .map((item) => readOne(item, read))
    .filter((item) => item !== undefined);
}

export function horizontalAnnotations(properties: JsonObject): Annotation[] {
  return readAll(asObject(properties['annotations'])['horizontal'], asNumber);
}

export function verticalAnnotations(properties: JsonObject): Annotation[] {
  return readAll(asObject(properties['annotations'])['vertical'], timeMs);
}

export interface AlarmName {
  name: string;
  region: string | undefined;
}

// "arn:aws:cloudwatch:us-west-2:123456789012:alarm:Name"; a bare name stands for itself.
export function alarmOfArn(arn: string): AlarmName {
  const parts = arn.split(':');
  return parts[0] === 'arn' && parts[5] === 'alarm' && parts.length > 6
    ? { name: parts.slice(6).join(':'), region: parts[3] === '' ? undefined : parts[3] }
    : { name: arn, region: undefined };
}

export function alarmAnnotations(properties: JsonObject): AlarmName[] {
  return asList(asObject(properties['annotations'])['alarms'])
    .filter((item): item is string => typeof item === 'string')
    .map(alarmOfArn);
}
