// What the values of a flow record mean, in words.
import type { FlowValue } from '../api/types';
import { formatBytes, formatExact } from '../format/units';
import { formatAgo, formatMoment } from '../time/format';
import type { Zone } from '../time/range';

const PROTOCOLS: Record<number, string> = { 1: 'ICMP', 2: 'IGMP', 4: 'IPv4 in IP', 6: 'TCP', 17: 'UDP', 41: 'IPv6 in IP', 47: 'GRE', 50: 'ESP', 51: 'AH', 58: 'ICMPv6', 89: 'OSPF', 132: 'SCTP' };
const TRAFFIC_PATHS: Record<number, string> = {
  1: 'stays in the VPC', 2: 'internet gateway or gateway VPC endpoint', 3: 'virtual private gateway', 4: 'peering within the region', 5: 'peering between regions',
  6: 'local gateway', 7: 'gateway VPC endpoint (Nitro instances)', 8: 'internet gateway (Nitro instances)',
};
const ENCRYPTION: Record<number, string> = { 0: 'not encrypted', 1: 'by Nitro', 2: 'by the application', 3: 'by Nitro and the application' };
const REJECT_REASONS: Record<string, string> = { BPA: 'VPC Block Public Access', EC: 'VPC encryption controls' };
const STATUSES: Record<string, string> = { OK: 'recorded as usual', NODATA: 'no traffic in the window', SKIPDATA: 'AWS lost records of the window' };
const TIME_FIELDS = new Set(['start', 'end', '@timestamp', 'timestamp']);
const EXACT_FIELDS = new Set(['bytes', 'packets']);

/** TCP for 6; the number where it has no common name. */
export const protocolName = (protocol: string | number): string => PROTOCOLS[Number(protocol)] ?? String(protocol);

export function tcpFlagNames(flags: number): string {
  const names = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'].filter((_, bit) => flags & (1 << bit));
  return names.length ? names.join(' ') : 'none (a packet in the middle of a connection)';
}

export const underscored = (name: string): string => name.replaceAll('-', '_');

export function millisecondsOf(value: FlowValue | undefined): number | null {
  if (typeof value === 'string' && /^\d{4}-/.test(value)) {
    const parsed = Date.parse(value);
    return Number.isNaN(parsed) ? null : parsed;
  }
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return null;
  return number < 1e11 ? number * 1000 : number;
}

/** The value as a cell shows it. */
export function flowText(field: string, value: FlowValue | undefined, zone: Zone): string {
  if (value === null || value === undefined) return '';
  const name = underscored(field);
  if (TIME_FIELDS.has(name)) {
    const ms = millisecondsOf(value);
    return ms === null ? String(value) : formatMoment(ms, zone);
  }
  if (EXACT_FIELDS.has(name)) return formatExact(value as number | string);
  if (name === 'protocol' && PROTOCOLS[Number(value)]) return PROTOCOLS[Number(value)]!;
  return String(value);
}

/** What the value means beyond itself; null where it says all there is. */
export function explainValue(field: string, value: FlowValue | undefined, nowMs: number): string | null {
  if (value === null || value === undefined) return null;
  const name = underscored(field);
  const number = Number(value);
  switch (name) {
    case 'protocol': return PROTOCOLS[number] ? `IANA number ${number}` : null;
    case 'tcp_flags': return tcpFlagNames(number);
    case 'traffic_path': return TRAFFIC_PATHS[number] ?? null;
    case 'encryption_status': return ENCRYPTION[number] ?? null;
    case 'reject_reason': return REJECT_REASONS[String(value)] ?? null;
    case 'log_status': return STATUSES[String(value)] ?? null;
    case 'bytes': return number >= 1000 ? formatBytes(number) : null;
    case 'start':
    case 'end': {
      const ms = millisecondsOf(value);
      return ms === null ? null : formatAgo(ms, nowMs);
    }
    case 'flow_direction': return value === 'ingress' ? 'into the interface' : value === 'egress' ? 'out of the interface' : null;
    default: return null;
  }
}

export const isRejected = (value: FlowValue | undefined): boolean => value === 'REJECT';
