import { formatBytes, formatExact } from '../../format/units';

export interface SystemAnswer {
  version: string;
  startedMs: number;
  nowMs: number;
  dataDirectory: string;
  account: string;
  region: string;
  intake: {
    records: number | string;
    files: number | string;
    rejected: number | string;
    rejectedByReason: Record<string, number>;
    newestMs: number | null;
    lagMs: number | null;
    paths?: string[];
    problem: string | null;
  };
  store: {
    bytes: number | string;
    records: number | string;
    freeBytes: number | string;
    tables: Array<{ name: string; bytes: number | string; records: number | string; segments: number; oldestMs: number | null; newestMs: number | null; retentionDays: number | null }>;
  };
  metrics: Record<string, number | string>;
  server: Record<string, number | string>;
}

/** "tooLarge" as "Too large". */
export function wordsOf(name: string): string {
  const words = name.replace(/_/g, ' ').replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Counters of a server, whatever they are called: a newer server may have more. */
export function factsOf(counters: Record<string, number | string>): Array<[string, string]> {
  return Object.entries(counters).map(([name, value]): [string, string] => [
    wordsOf(name), /bytes$/i.test(name) ? formatBytes(Number(value)) : formatExact(value),
  ]);
}
