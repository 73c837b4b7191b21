import { describe, expect, it } from 'vitest';
import { address, ProblemError, readLines, route } from './client';

function body(...pieces: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(pieces.join('\u0000'));
  // Cut at the marks, and once within a character of several bytes.
  return new ReadableStream({
    start(controller) {
      let from = 0;
      bytes.forEach((byte, index) => {
        if (byte !== 0) return;
        controller.enqueue(bytes.slice(from, index));
        from = index + 1;
      });
      controller.enqueue(bytes.slice(from));
      controller.close();
    },
  });
}

describe('NDJSON', () => {
  it('joins lines that come in pieces', async () => {
    const lines: unknown[] = [];
    await readLines(body('{"a":', '1}\n{"b', '":"ü"}\n', '\n{"c":3}\n'), (line) => lines.push(line));
    expect(lines).toEqual([{ a: 1 }, { b: 'ü' }, { c: 3 }]);
  });
  it('joins characters that come in pieces', async () => {
    const bytes = new TextEncoder().encode('{"b":"ü"}\n');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const lines: unknown[] = [];
    await readLines(stream, (line) => lines.push(line));
    expect(lines).toEqual([{ b: 'ü' }]);
  });
  it('says so when the last line was cut', async () => {
    await expect(readLines(body('{"a":1}\n{"b'), () => {})).rejects.toBeInstanceOf(ProblemError);
  });
});

describe('addresses', () => {
  it('leave out what is not set', () => expect(address('/flows', { filter: '', limit: 5, cursor: null })).toBe('/api/v1/flows?limit=5'));
  it('keep hostile names in their segment', () => expect(route('/alarms', '../x?y#z', 'explain')).toBe('/alarms/..%2Fx%3Fy%23z/explain'));
});
