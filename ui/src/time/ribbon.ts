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

interface Facts {
  records: number;
  gaps: number;
  gapMs: number;
  skipped: number;
}

function factsOf(coverage: Coverage, ribbon: readonly RibbonPiece[]): Facts {
  const sum = (values: Array<number | null>) => values.reduce<number>((total, value) => total + Number(value ?? 0), 0);
  // Of the answer, not of the pieces: lost records may lie over the edge of a gap.
  const [sinceMs, untilMs] = [ribbon[0]?.fromMs ?? 0, ribbon.at(-1)?.untilMs ?? 0];
  const lengths = coverage.gaps.map((gap) => Math.min(gap.untilMs, untilMs) - Math.max(gap.fromMs, sinceMs)).filter((length) => length > 0);
  return {
    records: sum(coverage.records), gaps: lengths.length, gapMs: lengths.reduce((total, length) => total + length, 0), skipped: sum(coverage.skipdata),
  };
}

const gapsText = (count: number) => `${count} ${count === 1 ? 'gap' : 'gaps'}`;
const windowsText = (count: number) => `${formatExact(count)} ${count === 1 ? 'window' : 'windows'}`;

/** In a sentence, for the title and for screen readers. */
export function ribbonText(coverage: Coverage, ribbon: readonly RibbonPiece[]): string {
  const { records, gaps, gapMs, skipped } = factsOf(coverage, ribbon);
  const parts = [records ? `${formatExact(records)} records` : 'No records in this time'];
  if (gaps) parts.push(`${gapsText(gaps)} (${formatLength(gapMs)})`);
  else if (records) parts.push('no gaps');
  if (skipped) parts.push(`AWS lost records in ${windowsText(skipped)} (SKIPDATA)`);
  return parts.join(', ');
}

/** The same in two or three words and a note; complete is only what lost nothing. */
export function coverageWords(coverage: Coverage, ribbon: readonly RibbonPiece[]): { value: string; note: string } {
  const { records, gaps, gapMs, skipped } = factsOf(coverage, ribbon);
  const notes: string[] = [];
  if (gaps) notes.push(`${formatLength(gapMs)} missing.`);
  if (skipped) notes.push(`SKIPDATA in ${windowsText(skipped)}.`);
  const value = gaps ? gapsText(gaps) : skipped ? 'Records lost' : records ? 'Complete' : 'No records';
  return { value, note: notes.join(' ') };
}
