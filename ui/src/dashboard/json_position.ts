// Where a text stops being JSON. JSON.parse refuses but does not always say where.

export interface JsonError {
  offset: number;
  line: number; // from 1
  column: number; // from 1
}

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const BLANK = /[ \t\r\n]*/y;

type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd' | 'end';

// A machine over tokens with a stack of what is open, so that depth costs no calls.
export function findJsonError(text: string): JsonError | undefined {
  let offset = 0;
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    offset += match?.[0].length ?? 0;
    return match !== null;
  };
  const afterValue = (): Expected => (open.length === 0 ? 'end' : 'commaOrEnd');
  for (;;) {
    skip(BLANK);
    const mark = text[offset];
    if (expected === 'end') {
      return mark === undefined ? undefined : at(text, offset);
    }
    const isClose = (mark === ']' && open.at(-1) === '[') || (mark === '}' && open.at(-1) === '{');
    if (isClose && (expected === 'commaOrEnd' || expected === 'valueOrEnd' || expected === 'keyOrEnd')) {
      open.pop();
      ++offset;
      expected = afterValue();
    } else if (expected === 'commaOrEnd' && mark === ',') {
      ++offset;
      expected = open.at(-1) === '{' ? 'key' : 'value';
    } else if (expected === 'colon' && mark === ':') {
      ++offset;
      expected = 'value';
    } else if ((expected === 'key' || expected === 'keyOrEnd') && skip(TEXT)) {
      expected = 'colon';
    } else if ((expected === 'value' || expected === 'valueOrEnd') && (mark === '[' || mark === '{')) {
      open.push(mark);
      ++offset;
      expected = mark === '[' ? 'valueOrEnd' : 'keyOrEnd';
    } else if ((expected === 'value' || expected === 'valueOrEnd') && (skip(TEXT) || skip(SCALAR))) {
      expected = afterValue();
    } else {
      return at(text, offset);
    }
  }
}

function at(text: string, offset: number): JsonError {
  const lines = text.slice(0, offset).split('\n');
  return { offset, line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
