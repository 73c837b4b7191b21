// Answers of /api/v1 (docs/api.md). Integers past 2^53 come as decimal texts.

/** Why an answer has no rows: a code, a sentence with the numbers, and what to do. */
export interface EmptyCause {
  cause: string;
  next: string;
  detail?: string;
}

/** What an answer rests on, as `--report FILE` writes it: one entry a query that it took. */
export interface Report {
  answers?: Array<{
    rows_matched?: number;
    seconds?: number;
    completeness?: {
      bytes_read?: number;
      skipdata?: number;
      rejected?: number;
      gaps?: unknown[];
      notes?: string[];
    };
  }>;
}

export interface SeriesStatistics {
  values: Array<number | null>;
  total: number | null;
  min: number | null;
  max: number | null;
  avg: number | null;
  last: number | null;
  p95: number | null;
}

export interface ExploreSeries extends SeriesStatistics {
  key: Array<string | number | boolean | null>;
}

export interface ExploreAnswer {
  stepMs: number;
  timesMs: number[];
  series: ExploreSeries[];
  other: SeriesStatistics | null;
  total: SeriesStatistics;
  previous: { sinceMs: number; values: Array<number | null> } | null;
  report: Report;
  answeredFrom: string | null;
  warnings: unknown[];
  emptyBecause: EmptyCause[];
  query: string;
  command: string;
}

export interface Field {
  name: string;
  aliases: string[];
  type: string;
  summary: string;
  isDerived: boolean;
  /** Whether any record that is stored has it. */
  isPresent?: boolean;
}

export interface QueryFunction {
  name: string;
  signature: string;
  summary: string;
  languages: string[];
}

export interface Catalogue {
  fields: Field[];
  functions: QueryFunction[];
  keywords: { insights: string[]; sql: string[] };
}

export type FlowValue = string | number | boolean | null;
export type FlowRecord = Record<string, FlowValue>;

export interface FlowsAnswer {
  records: FlowRecord[];
  cursor: string | null;
  report?: Report;
  emptyBecause?: EmptyCause[];
}

export interface Volume {
  bytes: number;
  packets: number;
  flows: number;
  rejected: number;
}

export interface AddressAnswer {
  address: string;
  scope: string | null;
  trafficClass: string | null;
  owner: Record<string, unknown> | null;
  geo: Record<string, unknown> | null;
  aws: Record<string, unknown> | null;
  asSource: Volume;
  asDestination: Volume;
  peers: Array<{ address: string; bytes: number; flows: number; rejected: number }>;
  ports: Array<{ protocol: string | number; port: number; service: string | null; bytes: number; flows: number }>;
  firstSeenMs: number | null;
  lastSeenMs: number | null;
}

export interface Coverage {
  stepMs: number;
  timesMs: number[];
  records: Array<number | null>;
  skipdata: Array<number | null>;
  nodata: Array<number | null>;
  gaps: Array<{ fromMs: number; untilMs: number }>;
  newestMs: number | null;
  oldestMs: number | null;
}

export interface MapNode {
  id: string;
  parent: string | null;
  label: string;
  kind: 'vpc' | 'subnet' | 'interface' | 'host' | 'service' | 'prefix' | 'internet';
  bytes: number;
  rejects: number;
  owner: unknown;
  canExpand: boolean;
}

export interface MapEdge {
  from: string;
  to: string;
  bytes: number;
  flows: number;
  rejects: number;
}

export interface MapAnswer {
  grouping: 'vpc' | 'prefix';
  isGuessed: boolean;
  nodes: MapNode[];
  edges: MapEdge[];
  omitted: { nodes: number; edges: number };
  /** Whether only the pairs with most bytes were looked at. */
  isPartial?: boolean;
  emptyBecause?: EmptyCause[];
}

export interface Session {
  needsSignIn: boolean;
  isSignedIn: boolean;
  user: string | null;
  role: 'viewer' | 'operator' | 'responder' | 'admin' | null;
  csrfToken: string | null;
}

export interface SavedItem {
  name: string;
  kind: 'query' | 'view';
  text: string;
  url: string;
}
