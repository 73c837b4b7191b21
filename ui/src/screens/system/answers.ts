// What /api/v1 says of the server itself.

export interface StoredTable {
  name: string;
  bytes: number;
  records: number;
  segments: number;
  oldestMs: number | null;
  newestMs: number | null;
  retentionDays: number | null;
}

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
  metrics: { series: number; samples: number; bytes: number; refusedSeries: number };
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
