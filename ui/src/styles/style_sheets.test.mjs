import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = import.meta.dirname;
// A screen may say how a part of another sheet looks inside of it (".flows .table-box"), and sheets for narrow windows add to others.
const SHARED = new Set(['button', 'panel', 'table', 'time-picker', 'legend-right', 'sparkline']);

it('gives each class one style sheet', () => {
  const homes = new Map();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.css'))) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      for (const selector of (/^([^{@]+)\{/.exec(line)?.[1] ?? '').split(',')) {
        const found = /^\.([\w-]+)\s*(?:[\s.:>]|$)/.exec(selector.trim())?.[1];
        if (found) homes.set(found, (homes.get(found) ?? new Set()).add(name));
      }
    }
  }
  expect(homes.size).toBeGreaterThan(100);
  const twice = [...homes].filter(([name, files]) => files.size > 1 && !SHARED.has(name)).map(([name, files]) => `${name}: ${[...files].join(', ')}`);
  expect(twice).toEqual([]);
});
