// Checks the types, then runs the unit tests: what ctest calls ui.unit.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, 'node_modules');
const runs = [
  [join(packages, 'typescript/bin/tsc'), '--noEmit'],
  [join(packages, 'vitest/vitest.mjs'), 'run', '--reporter=default'],
];
for (const words of runs) {
  const { status } = spawnSync(process.execPath, words, { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
