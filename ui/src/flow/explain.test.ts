import { describe, expect, it } from 'vitest';
import { explainValue, flowText, millisecondsOf, tcpFlagNames } from './explain';

describe('values of flow records', () => {
  it('read times in seconds, milliseconds and ISO', () => {
    expect(millisecondsOf(1772627400)).toBe(1772627400000);
    expect(millisecondsOf(1772627400123)).toBe(1772627400123);
    expect(millisecondsOf('2026-03-04T12:30:00Z')).toBe(1772627400000);
    expect(millisecondsOf('-')).toBeNull();
    expect(millisecondsOf(null)).toBeNull();
  });
  it('show in cells', () => {
    expect(flowText('start', 1772627400, 'utc')).toBe('2026-03-04 12:30:00');
    expect(flowText('protocol', 6, 'utc')).toBe('TCP');
    expect(flowText('protocol', 253, 'utc')).toBe('253');
    expect(flowText('bytes', 1234567, 'utc')).toBe('1\u202f234\u202f567');
    expect(flowText('vpc_id', null, 'utc')).toBe('');
    expect(flowText('instance-tag', '<img src=x>', 'utc')).toBe('<img src=x>');
  });
  it('are explained', () => {
    expect(tcpFlagNames(18)).toBe('SYN ACK');
    expect(explainValue('tcp-flags', 2, 0)).toBe('SYN');
    expect(explainValue('traffic_path', 8, 0)).toContain('internet gateway');
    expect(explainValue('reject_reason', 'BPA', 0)).toBe('VPC Block Public Access');
    expect(explainValue('srcaddr', '10.0.0.1', 0)).toBeNull();
    expect(explainValue('bytes', null, 0)).toBeNull();
  });
});
