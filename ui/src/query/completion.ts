// What may come next at a place of a query. Pure: values are looked up by whoever shows the list.
import type { Catalogue } from '../api/types';

export type CompletionKind = 'command' | 'keyword' | 'field' | 'function' | 'operator' | 'value';

export interface Option {
  text: string;
  kind: CompletionKind;
  hint?: string;
  /** Where the cursor goes after it, counted back from its end. */
  back?: number;
}

export interface Completion {
  from: number;
  to: number;
  options: Option[];
  /** Values of this field that begin so are wanted as well. */
  values: { field: string; prefix: string; isInQuotes: boolean } | null;
}

export type Grammar = 'condition' | 'insights' | 'sql';

interface Token {
  kind: 'word' | 'text' | 'number' | 'mark';
  text: string;
  from: number;
  isOpen: boolean;
}

const COMPARISONS = new Set(['=', '!=', '<', '<=', '>', '>=', '=~', '<>']);
const OPERATORS: Option[] = [
  { text: '=', kind: 'operator', hint: 'is' }, { text: '!=', kind: 'operator', hint: 'is not' },
  { text: '<', kind: 'operator' }, { text: '<=', kind: 'operator' }, { text: '>', kind: 'operator' }, { text: '>=', kind: 'operator' },
  { text: 'in []', kind: 'operator', hint: 'one of', back: 1 }, { text: 'not in []', kind: 'operator', hint: 'none of', back: 1 },
  { text: 'like ""', kind: 'operator', hint: 'contains', back: 1 }, { text: 'like //', kind: 'operator', hint: 'matches', back: 1 },
];
const JOINING: Option[] = [{ text: 'and', kind: 'keyword' }, { text: 'or', kind: 'keyword' }];
export const COMMANDS: Option[] = [
  { text: 'fields', kind: 'command', hint: 'show columns' }, { text: 'filter', kind: 'command', hint: 'keep records' },
  { text: 'stats', kind: 'command', hint: 'group and add up' }, { text: 'sort', kind: 'command', hint: 'order rows' },
  { text: 'limit', kind: 'command', hint: 'the first rows' }, { text: 'parse', kind: 'command', hint: 'take texts apart' },
  { text: 'display', kind: 'command', hint: 'show these alone' }, { text: 'dedup', kind: 'command', hint: 'first of each value' },
  { text: 'unnest', kind: 'command' }, { text: 'lookup', kind: 'command' }, { text: 'join', kind: 'command' }, { text: 'pattern', kind: 'command' },
];

function tokens(text: string): Token[] {
  const found: Token[] = [];
  const pattern = /\s+|#[^\n]*|--[^\n]*|"(?:\\.|[^"\\])*("|$)|'(?:\\.|[^'\\])*('|$)|`[^`]*(`|$)|\d+(?:\.\d+)?\w*|@?[A-Za-z_][\w.]*(?:-[A-Za-z_][\w.]*)*|=~|[<>!]=|<>|[^\s]/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const piece = match[0];
    if (/^(\s|#|--)/.test(piece)) {
      // A comment that reaches the cursor: nothing is completed in it.
      if (!/^\s/.test(piece) && pattern.lastIndex === text.length) found.push({ kind: 'mark', text: '#', from: match.index, isOpen: true });
      continue;
    }
    const first = piece[0]!;
    const isQuoted = first === '"' || first === "'" || first === '`';
    const isClosed = isQuoted && piece.length > 1 && piece.endsWith(first) && !/[^\\](\\\\)*\\.$/.test(piece);
    found.push({
      kind: first === '"' || first === "'" ? 'text' : /[\d]/.test(first) ? 'number' : /[A-Za-z_@`]/.test(first) ? 'word' : 'mark',
      text: piece, from: match.index, isOpen: isQuoted && !isClosed,
    });
  }
  return found;
}

/** The field that a value at the end of these tokens is compared with. */
function comparedField(before: readonly Token[], isField: (word: string) => boolean): string | null {
  let index = before.length - 1;
  const last = before[index];
  if (!last) return null;
  if (COMPARISONS.has(last.text) || /^(like)$/i.test(last.text)) index -= 1;
  else if (last.text === '[' || last.text === '(' || last.text === ',') {
    while (index >= 0 && (before[index]!.text === ',' || before[index]!.kind === 'text' || before[index]!.kind === 'number')) index -= 1;
    if (before[index]?.text !== '[' && before[index]?.text !== '(') return null;
    if (!/^in$/i.test(before[index - 1]?.text ?? '')) return null;
    index -= 2;
  } else return null;
  if (/^not$/i.test(before[index]?.text ?? '')) index -= 1;
  const word = before[index];
  return word?.kind === 'word' && isField(word.text.replaceAll('`', '')) ? word.text.replaceAll('`', '') : null;
}

/** Begins with it first, then contains it; nothing typed keeps the order. */
export function ranked(options: readonly Option[], typed: string): Option[] {
  const wanted = typed.toLowerCase().replaceAll('-', '_');
  if (wanted === '') return [...options];
  const rank = (option: Option) => {
    const text = option.text.toLowerCase().replaceAll('-', '_');
    return text.startsWith(wanted) ? 0 : text.includes(wanted) ? 1 : 2;
  };
  return options.map((option, index) => ({ option, index, rank: rank(option) })).filter((one) => one.rank < 2)
    .sort((a, b) => a.rank - b.rank || a.index - b.index).map((one) => one.option);
}

export function complete(text: string, cursor: number, catalogue: Catalogue, grammar: Grammar): Completion | null {
  const all = tokens(text.slice(0, cursor));
  const known = new Map<string, string>();
  for (const field of catalogue.fields) for (const name of [field.name, ...field.aliases]) known.set(name.toLowerCase(), field.name);
  const isField = (word: string) => known.has(word.toLowerCase());
  const last = all.at(-1);
  if (last?.kind === 'mark' && last.isOpen) return null;
  const isTouched = last !== undefined && last.from + last.text.length === cursor && (last.kind !== 'mark') && (last.kind !== 'text' || last.isOpen);
  const current = isTouched ? last : undefined;
  const before = current ? all.slice(0, -1) : all;
  const from = current ? current.from : cursor;
  const typed = current ? current.text.replace(/^["'`]/, '') : '';

  const field = comparedField(before, isField);
  if (field !== null && (!current || current.kind !== 'mark')) {
    const values = { field: known.get(field.toLowerCase())!, prefix: typed, isInQuotes: current?.kind === 'text' };
    const fields = current?.kind === 'text' ? [] : ranked(fieldOptions(catalogue), typed || '\u0000');
    return { from, to: cursor, options: fields, values };
  }
  if (current?.kind === 'text' || current?.kind === 'number') return null;

  const previous = before.at(-1);
  const options = optionsAfter(previous, before, catalogue, grammar, isField);
  const sorted = ranked(options, typed);
  // A word that is complete already needs no list.
  if (sorted.length === 1 && sorted[0]!.text === typed) return null;
  return sorted.length ? { from, to: cursor, options: sorted, values: null } : null;
}

function fieldOptions(catalogue: Catalogue): Option[] {
  // What records have first; the rest is there to be known of.
  const ordered = [...catalogue.fields].sort((a, b) => Number(b.isPresent ?? true) - Number(a.isPresent ?? true));
  return ordered.map((field) => ({ text: field.name, kind: 'field', hint: field.isPresent === false ? `${field.summary} (in no record here)` : field.summary }));
}

function functionOptions(catalogue: Catalogue, language: string): Option[] {
  return catalogue.functions.filter((one) => one.languages.length === 0 || one.languages.includes(language))
    .map((one) => ({ text: `${one.name}()`, kind: 'function', hint: one.summary || one.signature, back: 1 }));
}

function optionsAfter(previous: Token | undefined, before: readonly Token[], catalogue: Catalogue, grammar: Grammar, isField: (word: string) => boolean): Option[] {
  const language = grammar === 'sql' ? 'sql' : 'insights';
  const things = [...fieldOptions(catalogue), ...functionOptions(catalogue, language)];
  if (grammar === 'sql') {
    const keywords = catalogue.keywords.sql.map((text): Option => ({ text: text.toUpperCase(), kind: 'keyword' }));
    return previous ? [...things, ...keywords] : keywords;
  }
  const startsCommand = grammar === 'insights' && (previous === undefined || previous.text === '|');
  if (startsCommand) {
    const extra = catalogue.keywords.insights.filter((text) => !COMMANDS.some((one) => one.text === text)).map((text): Option => ({ text, kind: 'keyword' }));
    return [...COMMANDS, ...extra];
  }
  const command = grammar === 'condition' ? 'filter' : commandOf(before);
  const isCondition = command === 'filter' || command === 'where';
  if (isCondition && previous) {
    const ended = previous.kind === 'text' || previous.kind === 'number' || previous.text === ']' || previous.text === ')';
    if (ended) return grammar === 'insights' ? [...JOINING, { text: '|', kind: 'operator' }] : JOINING;
    if (previous.kind === 'word' && isField(previous.text.replaceAll('`', ''))) return OPERATORS;
  }
  if (command === 'stats' && previous && (previous.text === ')' || previous.kind === 'word') && !/^(stats|by|as)$/i.test(previous.text)) {
    return [{ text: 'as', kind: 'keyword' }, { text: 'by', kind: 'keyword' }, ...things];
  }
  if (command === 'sort' && previous?.kind === 'word' && !/^(sort|by)$/i.test(previous.text)) return [{ text: 'desc', kind: 'keyword' }, { text: 'asc', kind: 'keyword' }];
  return isCondition ? [...things, { text: 'not', kind: 'keyword' }] : things;
}

function commandOf(before: readonly Token[]): string {
  for (let index = before.length - 1; index >= 0; index -= 1) {
    if (before[index]!.text === '|') return before[index + 1]?.text.toLowerCase() ?? '';
  }
  return before[0]?.text.toLowerCase() ?? '';
}
