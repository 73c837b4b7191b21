// Conditions of Logs Insights QL, written from values of the data.

export type Value = string | number | boolean | null | undefined;

/** A text of the language: backslash escapes the quote and itself. */
export function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

/** Names of more than letters stand in backquotes, which nothing escapes. */
export function fieldName(name: string): string {
  return /^@?[A-Za-z_][\w.-]*$/.test(name) ? name : `\`${name.replaceAll('`', '')}\``;
}

export function literal(value: Value): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : quoted(String(value));
}

export function conditionOf(field: string, value: Value, isExcluded = false): string {
  const name = fieldName(field);
  if (value === null || value === undefined || value === '') return isExcluded ? `ispresent(${name})` : `not ispresent(${name})`;
  return `${name} ${isExcluded ? '!=' : '='} ${literal(value)}`;
}

const needsBrackets = (condition: string) => /\bor\b/i.test(condition.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, '""'));

/** Both conditions; a condition already there is not added again. */
export function both(first: string, second: string): string {
  const a = first.trim();
  const b = second.trim();
  if (a === '' || b === '') return a || b;
  if (a === b || a.split(/\s+and\s+/i).includes(b)) return a;
  const wrap = (one: string) => (needsBrackets(one) ? `(${one})` : one);
  return `${wrap(a)} and ${wrap(b)}`;
}

export function allOf(conditions: readonly string[]): string {
  return conditions.reduce((sum, one) => both(sum, one), '');
}
