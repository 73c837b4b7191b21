import type { EmptyCause, Report } from '../../api/types';
import { formatBytes, formatExact } from '../../format/units';

interface Warning {
  code?: string;
  message?: string;
}

interface AnswerNoteProps {
  answer: { report?: Report; answeredFrom?: string | null; warnings?: unknown[]; elapsedMs?: number; emptyBecause?: EmptyCause[] };
}

/** What an answer rests on, and what it warns of. */
export function AnswerNote({ answer }: AnswerNoteProps) {
  const { report, answeredFrom } = answer;
  // Of an empty store that it has no field tells nothing.
  const isNothingStored = answer.emptyBecause?.some((one) => one.cause === 'no_data_stored') ?? false;
  const warnings = (isNothingStored ? [] : answer.warnings ?? []).map((warning) => (typeof warning === 'string' ? { message: warning } : (warning as Warning)));
  const parts: string[] = [];
  const answers = report?.answers ?? [];
  const sum = (pick: (one: (typeof answers)[number]) => number | undefined) => answers.reduce((total, one) => total + (pick(one) ?? 0), 0);
  const first = answers[0];
  if (first?.rows_matched) parts.push(`${formatExact(first.rows_matched)} records matched`);
  const bytesRead = sum((one) => one.completeness?.bytes_read);
  if (bytesRead) parts.push(`${formatBytes(bytesRead)} read`);
  const elapsedMs = answer.elapsedMs ?? sum((one) => one.seconds) * 1000;
  if (elapsedMs) parts.push(elapsedMs < 1 ? 'under 1 ms' : `${Math.round(elapsedMs)} ms`);
  if (first?.completeness?.skipdata) parts.push(`${formatExact(first.completeness.skipdata)} SKIPDATA in the store`);
  if (first?.completeness?.rejected) parts.push(`${formatExact(first.completeness.rejected)} lines rejected`);
  return (
    <footer class="answer-note">
      {warnings.length > 0 && <ul class="warnings">{warnings.map((warning, index) => <li key={index}>{warning.message ?? warning.code}</li>)}</ul>}
      {(parts.length > 0 || answeredFrom) && (
        <details class="muted small">
          <summary>{parts.length > 0 ? parts.join(' · ') : 'How it was answered'}</summary>
          {answeredFrom && <ul>{answeredFrom.split('; ').map((step, index) => <li key={index}>{step}</li>)}</ul>}
        </details>
      )}
    </footer>
  );
}
