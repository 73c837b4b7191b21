import type { Report } from '../../api/types';
import { formatBytes, formatExact } from '../../format/units';

interface Warning {
  code?: string;
  message?: string;
}

interface AnswerNoteProps {
  answer: { report?: Report; answeredFrom?: string | null; warnings?: unknown[]; elapsedMs?: number };
}

/** What an answer rests on, and what it warns of. */
export function AnswerNote({ answer }: AnswerNoteProps) {
  const { report, answeredFrom } = answer;
  const warnings = (answer.warnings ?? []).map((warning) => (typeof warning === 'string' ? { message: warning } : (warning as Warning)));
  const parts: string[] = [];
  if (answeredFrom) parts.push(`Answered from ${answeredFrom}`);
  if (report?.records) parts.push(`${formatExact(report.records)} records`);
  if (report?.bytes_read) parts.push(`${formatBytes(report.bytes_read)} read`);
  if (answer.elapsedMs !== undefined) parts.push(`${Math.round(answer.elapsedMs)} ms`);
  if (report?.skipdata) parts.push(`${formatExact(report.skipdata)} SKIPDATA`);
  if (report?.rejected) parts.push(`${formatExact(report.rejected)} lines rejected`);
  if (report?.gaps?.length) parts.push(`${report.gaps.length} ${report.gaps.length === 1 ? 'gap' : 'gaps'}`);
  return (
    <footer class="answer-note">
      {warnings.length > 0 && <ul class="warnings">{warnings.map((warning, index) => <li key={index}>{warning.message ?? warning.code}</li>)}</ul>}
      {parts.length > 0 && <p class="muted small">{parts.join(' · ')}</p>}
    </footer>
  );
}
