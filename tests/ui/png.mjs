// Reads a PNG of 8 bits a channel, as browsers write them: enough to see whether a picture shows something.
import { inflateSync } from 'node:zlib';

const CHANNELS = { 2: 3, 6: 4 };

export function readPng(bytes) {
  if (bytes.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('this is no PNG');
  const [width, height, depth, kind] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24], bytes[25]];
  const step = CHANNELS[kind];
  if (depth !== 8 || !step || bytes[28] !== 0) throw new Error(`a PNG of kind ${kind} with ${depth} bits is not read here`);
  const parts = [];
  for (let at = 8; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + size));
    at += size + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const row = width * step;
  const data = Buffer.alloc(row * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x += 1) {
      const left = x >= step ? data[y * row + x - step] : 0;
      const up = y > 0 ? data[(y - 1) * row + x] : 0;
      const corner = x >= step && y > 0 ? data[(y - 1) * row + x - step] : 0;
      const paeth = () => {
        const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
        return a <= b && a <= c ? left : b <= c ? up : corner;
      };
      data[y * row + x] = raw[y * (row + 1) + 1 + x] + [0, left, up, (left + up) >> 1, filter === 4 ? paeth() : 0][filter];
    }
  }
  return { width, height, step, data };
}

/** How much of a picture is of its most frequent colour, and how many colours cover more than a thousandth each. */
export function inkOf({ data, step }) {
  const counts = new Map();
  for (let at = 0; at < data.length; at += step) {
    const color = data.readUIntBE(at, 3);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const pixels = data.length / step;
  return { ground: Math.max(...counts.values()) / pixels, colors: [...counts.values()].filter((count) => count > pixels / 1000).length };
}
