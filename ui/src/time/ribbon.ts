// What is known of each moment of a span: the line under the time picker.
import type { Coverage } from '../api/types';
import { formatExact } from '../format/units';
import { formatLength } from './format';
import type { Span } from './range';

export type RibbonKind = 'records' | 'quiet' | 'skipdata' | 'gap' | 'ahead';

export interface RibbonPiece {
  fromMs: number;
  untilMs: number;
  kind: RibbonKind;
}

const RANK: Record<RibbonKind, number> = { ahead: 0, quiet: 1, records: 2, gap: 3, skipdata: 4 };

/** The pieces cover the span without holes and in order; of kinds that overlap the graver one shows. */
export function ribbonOf(coverage: Coverage, span: Span): RibbonPiece[] {
  const kindAt = (index: number): RibbonKind => {
    if ((coverage.skipdata[index] ?? 0) > 0) return 'skipdata';
    return (coverage.records[index] ?? 0) > 0 ? 'records' : 'quiet';
  };
  const cuts = new Set<number>([span.sinceMs, span.untilMs]);
  const within = (ms: number) => Math.min(Math.max(ms, span.sinceMs), span.untilMs);
  const pieces: RibbonPiece[] = coverage.timesMs.map((fromMs, index) => ({ fromMs, untilMs: fromMs + coverage.stepMs, kind: kindAt(index) }));
  for (const gap of coverage.gaps) pieces.push({ fromMs: gap.fromMs, untilMs: gap.untilMs, kind: 'gap' });
  if (coverage.newestMs !== null && coverage.newestMs < span.untilMs) {
    pieces.push({ fromMs: Math.max(coverage.newestMs, span.sinceMs), untilMs: span.untilMs, kind: 'ahead' });
  }
  for (const piece of pieces) {
    cuts.add(within(piece.fromMs));
    cuts.add(within(piece.untilMs));
  }
  const edges = [...cuts].sort((a, b) => a - b);
  const sorted = [...pieces].sort((a, b) => a.fromMs - b.fromMs);
  const ribbon: RibbonPiece[] = [];
  let active: RibbonPiece[] = [];
  let next = 0;
  for (let index = 0; index + 1 < edges.length; index += 1) {
    const fromMs = edges[index]!;
    const untilMs = edges[index + 1]!;
    for (; next < sorted.length && sorted[next]!.fromMs <= fromMs; next += 1) active.push(sorted[next]!);
    active = active.filter((piece) => piece.untilMs > fromMs);
    const kind = active.reduce<RibbonKind>((worst, piece) => (RANK[piece.kind] > RANK[worst] ? piece.kind : worst), 'ahead');
    const before = ribbon.at(-1);
    if (before?.kind === kind) before.untilMs = untilMs;
    else ribbon.push({ fromMs, untilMs, kind });
  }
  return ribbon;
}

/** In a sentence, for the title and for screen readers. */
export function ribbonText(coverage: Coverage, ribbon: readonly RibbonPiece[]): string {
  const sum = (values: Array<number | null>) => values.reduce<number>((total, value) => total + Number(value ?? 0), 0);
  const gaps = ribbon.filter((piece) => piece.kind === 'gap');
  const gapMs = gaps.reduce((total, piece) => total + piece.untilMs - piece.fromMs, 0);
  const skipped = sum(coverage.skipdata);
  const records = sum(coverage.records);
  const parts = [`${formatExact(records)} records`];
  parts.push(gaps.length ? `${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'} (${formatLength(gapMs)})` : 'no gaps');
  if (skipped) parts.push(`AWS lost records in ${formatExact(skipped)} windows (SKIPDATA)`);
  return parts.join(', ');
}
