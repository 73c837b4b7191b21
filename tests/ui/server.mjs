// A server of its own with data of its own, and what is needed to end it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SINCE = '2026-01-05T00:00:00Z';
export const UNTIL = '2026-01-05T04:00:00Z';
export const GAP = ['T0200Z', 'T0205Z', 'T0210Z', 'T0215Z'];

// Values that a page must show as they are.
export const HOSTILE = ['<img/src=x/onerror=window.__hurt=1>', '=HYPERLINK("http://x.example/","y")', '"><script>window.__hurt=1</script>', '${7*7}{{7*7}}'];

function run(weir, ...words) {
  const done = spawnSync(weir, words, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`weir ${words.join(' ')} failed:\n${done.stderr}`);
  return done.stdout;
}

function makeLogs(weir, folder) {
  const logs = join(folder, 'sim');
  run(weir, 'simulate', '--records', '120000', '--seed', '7', '--start', SINCE, '--duration', '4h', '--format', 'v5', '--out', logs);
  let removed = 0;
  for (const name of readdirSync(logs, { recursive: true })) {
    if (GAP.some((part) => name.includes(part))) {
      rmSync(join(logs, name));
      removed += 1;
    }
  }
  if (removed === 0) throw new Error('the simulated logs have no objects of the hours that should be missing');
  // Records whose texts would like to be more than texts; an hour before the others.
  const start = Date.parse(SINCE) / 1000 - 3000;
  const lines = HOSTILE.map((text, index) => `${start + index} ${start + index + 60} 10.9.9.${index + 1} 10.9.9.200 ${4000 + index} 443 6 ${10 + index} ${1000 * (index + 1)} ${index % 2 ? 'REJECT' : 'ACCEPT'} ${text.replaceAll(' ', '_')}`);
  mkdirSync(join(folder, 'odd'));
  writeFileSync(join(folder, 'odd', 'hostile.log'), `start end srcaddr dstaddr srcport dstport protocol packets bytes action instance-tag\n${lines.join('\n')}\n`);
  return [join(logs, 'AWSLogs'), join(folder, 'odd')];
}

/** Starts it and waits until all is taken in. */
export async function startServer(weir, { hasRecords = true, words = [], prepare = () => {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-ui-'));
  const store = join(folder, 'store');
  if (hasRecords) run(weir, 'ingest', '--data', store, ...makeLogs(weir, folder));
  const prepared = prepare((...command) => run(weir, ...command, '--data', store));
  mkdirSync(join(folder, 'live'));
  const child = spawn(weir, ['serve', '--data', store, '--listen', '127.0.0.1:0', '--ingest', join(folder, 'live'), ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const base = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`weir serve did not start within 30 s:\n${said}`)), 30_000);
    child.stderr.on('data', (piece) => {
      said += piece;
      const found = /listening on (http:\/\/[\d.:]+)/.exec(said);
      if (found) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`weir serve ended with ${code}:\n${said}`));
    });
  });
  return {
    base,
    prepared,
    liveFolder: join(folder, 'live'),
    said: () => said,
    async stop() {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(timer);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
