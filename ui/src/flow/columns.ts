import type { FlowRecord } from '../api/types';

export const DEFAULT_COLUMNS = ['start', 'action', 'srcaddr', 'srcport', 'dstaddr', 'dstport', 'protocol', 'bytes', 'packets', 'interface_id'];
const RIGHT = new Set(['bytes', 'packets', 'srcport', 'dstport', 'duration', 'tcp_flags']);
const WIDTHS: Record<string, number> = { start: 164, end: 164, srcaddr: 150, dstaddr: 150, pkt_srcaddr: 190, pkt_dstaddr: 190, srcport: 76, dstport: 76, protocol: 84, action: 82, bytes: 120, packets: 92, interface_id: 190 };

export const alignmentOf = (field: string): 'left' | 'right' => (RIGHT.has(field) ? 'right' : 'left');
export const widthOf = (field: string): number | undefined => WIDTHS[field];

/** Spellings of a field that a record may have. */
export function valueOf(record: FlowRecord, field: string) {
  const direct = record[field];
  if (direct !== undefined) return direct;
  return record[field.replaceAll('_', '-')] ?? record[field.replaceAll('-', '_')] ?? null;
}

/** Newest first, at most `most`: what comes goes in front, what is oldest falls out. */
export function addNewest<Record>(rows: readonly Record[], fresh: readonly Record[], most: number): Record[] {
  return [...[...fresh].reverse(), ...rows].slice(0, most);
}
