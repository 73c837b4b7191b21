// Runs the tests of dashboards, metrics and alarms in a browser. Exit 77 where there is no browser to run them in.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing } from './world.mjs';

const here = dirname(fileURLToPath(import.meta.url));
if (missing !== null) {
  console.log(`skipped: ${missing}`);
  process.exit(77);
}
const files = readdirSync(here).filter((name) => name.endsWith('_test.mjs')).map((name) => join(here, name));
if (files.length === 0 || !files.every((file) => existsSync(file))) process.exit(1);
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', '--test-reporter=spec', ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
