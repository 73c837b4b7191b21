// A stored record as a text of the address: when it began, and a condition that it meets.
import type { FlowRecord } from '../api/types';
import { allOf, conditionOf } from '../query/condition';
import { valueOf } from './columns';

const FIELDS = ['interface_id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets', 'bytes'] as const;
const SECOND_MS = 1000;

/** Empty where a record says too little of itself. */
export function recordLink(record: FlowRecord): string {
  const startMs = Number(valueOf(record, 'start') ?? Number.NaN);
  const said = FIELDS.filter((field) => valueOf(record, field) !== null && valueOf(record, field) !== undefined);
  if (!Number.isFinite(startMs) || said.length === 0) return '';
  return `${startMs} ${allOf(said.map((field) => conditionOf(field, valueOf(record, field))))}`;
}

/** What to ask /flows for; null where the text is none of a record. */
export function questionOfLink(text: string): { filter: string; since: number; until: number; limit: number } | null {
  const found = /^(\d{1,16}) (.+)$/s.exec(text);
  if (!found) return null;
  const since = Number(found[1]);
  return { filter: found[2]!, since, until: since + SECOND_MS, limit: 1 };
}
