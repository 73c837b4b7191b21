// Colours of the two languages, line by line.

/** The part of CodeMirror's stream that is needed here, so that tests do without it. */
export interface Stream {
  match: (pattern: RegExp) => unknown;
  next: () => string | undefined | void;
  skipToEnd: () => void;
}

const INSIGHTS = /^(?:fields|display|filter|where|stats|sort|order|limit|head|dedup|parse|unnest|lookup|join|pattern|diff|addtotals|source|by|as|and|or|not|in|like|asc|desc|into|output|outputnew|is|null)\b/i;
const SQL = /^(?:select|distinct|from|where|group|by|having|order|limit|offset|as|and|or|not|in|like|ilike|between|is|null|case|when|then|else|end|join|left|right|inner|full|outer|cross|on|union|all|with|asc|desc|nulls|first|last|filter|true|false|cast|interval|exists|over)\b/i;

export function tokenOf(stream: Stream, language: 'insights' | 'sql'): string | null {
  if (stream.match(/^\s+/)) return null;
  if (stream.match(language === 'sql' ? /^--.*/ : /^#.*/)) return 'comment';
  if (stream.match(language === 'sql' ? /^'(?:''|[^'])*'?/ : /^"(?:\\.|[^"\\])*"?|^'(?:\\.|[^'\\])*'?/)) return 'string';
  if (stream.match(/^`[^`]*`?/) || (language === 'sql' && stream.match(/^"(?:""|[^"])*"?/))) return 'propertyName';
  if (stream.match(/^\d+(?:\.\d+)?[a-z]*/i)) return 'number';
  if (stream.match(language === 'sql' ? SQL : INSIGHTS)) return 'keyword';
  if (stream.match(/^@?[A-Za-z_][\w.]*(?=\s*\()/)) return 'call';
  if (stream.match(/^@?[A-Za-z_][\w.]*(?:-[A-Za-z_]\w*)*/)) return 'propertyName';
  if (language === 'insights' && stream.match(/^\/(?:\\.|[^/\\\n])+\//)) return 'regexp';
  if (stream.match(/^[=!<>|+*/%^~-]+/)) return 'operator';
  stream.next();
  return null;
}
