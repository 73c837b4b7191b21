export type Language = 'insights' | 'sql';

/** SQL begins with SELECT or WITH; all else is Logs Insights QL. */
export function guessLanguage(text: string): Language {
  return /^\s*(--[^\n]*\n\s*)*(select|with)\b/i.test(text) ? 'sql' : 'insights';
}
