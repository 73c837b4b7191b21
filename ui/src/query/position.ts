// Places in a query: the server counts bytes of UTF-8, editors count UTF-16 units.

export interface BytePosition {
  offset: number;
  length: number;
}

function unitsOfBytes(text: string, bytes: number): number {
  let counted = 0;
  let units = 0;
  for (const character of text) {
    if (counted >= bytes) break;
    const code = character.codePointAt(0)!;
    counted += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    units += character.length;
  }
  return units;
}

/** The part of the text that is meant; at least one character wide where there is one. */
export function rangeOfPosition(text: string, position: BytePosition): { from: number; to: number } {
  const from = Math.min(unitsOfBytes(text, position.offset), text.length);
  const to = Math.min(unitsOfBytes(text, position.offset + Math.max(position.length, 1)), text.length);
  return from < to ? { from, to } : { from: Math.max(text.length - 1, 0), to: text.length };
}
