// What /api/v1 says of the server itself.
import { formatBytes, formatExact } from '../../format/units';

export interface StoredTable {
  name: string;
  bytes: number;
  records: number;
  segments: number;
  oldestMs: number | null;
  newestMs: number | null;
  retentionDays: number | null;
  retentionBytes: number | null;
  /** The log group whose events it holds. */
  logGroup: string | null;
}

export function nameOfTable(table: StoredTable): string {
  return table.logGroup === null ? table.name : `log group ${table.logGroup}`;
}

/** "90 days and 50 GB at most", "for ever". */
export function keptText({ retentionDays, retentionBytes }: Pick<StoredTable, 'retentionDays' | 'retentionBytes'>): string {
  const bounds = [
    ...(retentionDays === null ? [] : [daysText(retentionDays)]),
    ...(retentionBytes === null ? [] : [formatBytes(retentionBytes)]),
  ];
  return bounds.length === 0 ? 'for ever' : `${bounds.join(' and ')} at most`;
}

export function daysText(days: number): string {
  if (days < 2 && days !== 1) return `${formatExact(days * 24)} hours`;
  return days === 1 ? '1 day' : `${formatExact(days)} days`;
}

export type Role = 'viewer' | 'operator' | 'responder' | 'admin';

export interface UserEntry {
  name: string;
  role: Role;
  createdMs: number;
  hasPassword: boolean;
}

export const ROLES: ReadonlyArray<{ role: Role; may: string }> = [
  { role: 'viewer', may: 'sees everything' },
  { role: 'operator', may: 'and changes alarms, dashboards, what is saved' },
  { role: 'responder', may: 'and responds' },
  { role: 'admin', may: 'and changes keys, users, retention' },
];

export interface SystemAnswer {
  version: string;
  startedMs: number;
  nowMs: number;
  dataDirectory: string;
  account: string;
  region: string;
  intake: {
    records: number;
    recordsSinceStart: number;
    files: number;
    rejected: number;
    rejectedByReason: Record<string, number>;
    notes: string[];
    newestMs: number | null;
    lagMs: number | null;
    paths: string[];
    problem: string | null;
  };
  store: { bytes: number; records: number; freeBytes: number | null; reserveBytes: number; tables: StoredTable[] };
  metrics: { series: number; samples: number; bytes: number; refusedSeries: number; tiers: Array<{ stepS: number; retentionDays: number }> };
  server: {
    connections: number;
    requests: number;
    streams: number;
    streamsCut: number;
    refused: number;
    malformed: number;
    tooLarge: number;
    timedOut: number;
    failed: number;
  };
}

export interface DoctorFinding {
  severity: 'error' | 'warning';
  rule: string;
  place: string;
  subject: string;
  message: string;
  fix: string;
}

export interface AuditEntry {
  timeMs: number;
  who: string;
  action: string;
  what: string;
  peer: string;
}

export interface AuditPage {
  entries: AuditEntry[];
  cursor: string | null;
}
