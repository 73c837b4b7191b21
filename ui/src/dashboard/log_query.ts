import { streamLines, ProblemError, type Problem } from '../api/client';
import type { Span } from '../time/range';
import { asText, type JsonObject } from './json';
import type { Answer, Cell, Column } from './log_shape';
import type { EmptyReason } from './series_data';

export interface LogAnswer extends Answer {
  isTruncated: boolean;
  warnings: string[];
  emptyBecause: EmptyReason[];
}

export interface LogQuestion {
  query: string;
  language: 'insights' | 'sql';
}

/** What a log widget asks, or why Weir cannot ask it. */
export function questionOf(properties: JsonObject): LogQuestion | { problem: string } {
  const query = asText(properties['query'])?.trim() ?? '';
  const language = asText(properties['queryLanguage']) ?? 'CWLI';
  if (query === '') return { problem: 'The widget has no query yet.' };
  if (language === 'PPL') return { problem: 'The query is written in PPL, which Weir does not read. Logs Insights QL and SQL are.' };
  return { query, language: language === 'SQL' ? 'sql' : 'insights' };
}

const MOST_ROWS = 10_000;

export async function askLogs(question: LogQuestion, span: Span, signal: AbortSignal): Promise<LogAnswer> {
  const answer: LogAnswer = { columns: [], rows: [], isTruncated: false, warnings: [], emptyBecause: [] };
  let hasEnded = false;
  await streamLines(
    '/query',
    { query: question.query, language: question.language, since: span.sinceMs, until: span.untilMs, maxRows: MOST_ROWS },
    (line) => {
      const message = line as { type: string } & Record<string, unknown>;
      if (message.type === 'columns') answer.columns = message['columns'] as Column[];
      if (message.type === 'rows') answer.rows.push(...(message['rows'] as Cell[][]));
      if (message.type === 'problem') throw new ProblemError(message as unknown as Problem);
      if (message.type === 'end') {
        hasEnded = true;
        answer.isTruncated = message['isTruncated'] === true;
        answer.emptyBecause = (message['emptyBecause'] as EmptyReason[] | undefined) ?? [];
        answer.warnings = ((message['warnings'] as (string | { message: string })[] | undefined) ?? []).map((warning) =>
          typeof warning === 'string' ? warning : warning.message,
        );
      }
    },
    signal,
  );
  if (!hasEnded) {
    throw new ProblemError({ title: 'The answer was cut short', status: 0, detail: 'The server ended the answer before its last line.', nextStep: 'Ask again.' });
  }
  return answer;
}
