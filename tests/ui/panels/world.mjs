// A server with known numbers, and a browser that fails a test on any error of the page.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
export const weir = process.env.WEIR ?? join(root, 'build/release/weir');
const packages = process.env.WEIR_UI_PACKAGES ?? join(root, '.deps/ui/node_modules');
const require = createRequire(join(packages, 'package.json'));
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** What these tests lack here; null: nothing. */
export const missing =
  chromium === undefined
    ? 'there is no chromium here; tools/setup --tests installs it'
    : existsSync(join(packages, 'playwright-core'))
      ? null
      : `there is no playwright-core in ${packages}; tools/setup fetches it`;

// The documents' own files are beside the project where it is developed, not in it.
const artefactFolder = process.env.WEIR_ARTEFACTS ?? join(root, '../shared/seeds/artefacts');
export const artefacts = {
  missing: existsSync(artefactFolder) ? null : `the documents' files are not at ${artefactFolder}; WEIR_ARTEFACTS may name their folder`,
  read: (name) => readFile(join(artefactFolder, name), 'utf8'),
};

export const SLOT_MS = 300_000;
export const SLOTS = 36; // three hours
// The range ends half an hour ago: every period in it is over, and alarms, which look at the newest ones, find nothing.
export const END_MS = Math.floor((Date.now() - 1_800_000) / SLOT_MS) * SLOT_MS;
export const BEGIN_MS = END_MS - SLOTS * SLOT_MS;
export const GAP = [20, 24]; // slots without data, the second excluded
export const RANGE = `since=${new Date(BEGIN_MS).toISOString()}&until=${new Date(END_MS).toISOString()}`;
export const HOSTILE = '<img src=x onerror="window.hacked=1">';

export const rtt = (slot) => 10 + slot;
const inGap = (slot) => slot >= GAP[0] && slot < GAP[1];

async function until(what, check, limitMs = 20_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen in ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

// Rejected: 203.0.113.1 six times, .2 three times, .3 once. 1,000 bytes times the slot's number in each slot but those of the gap.
function flowLog() {
  const lines = ['version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'];
  const second = (slot) => Math.floor((BEGIN_MS + slot * SLOT_MS) / 1000) + 30;
  const line = (slot, source, port, bytes, action) =>
    lines.push(`2 123456789012 eni-0123456789abcdef0 ${source} 10.0.0.5 40000 ${port} 6 10 ${bytes} ${second(slot)} ${second(slot) + 50} ${action} OK`);
  for (let slot = 0; slot < SLOTS; ++slot) if (!inGap(slot)) line(slot, '10.0.0.9', slot % 3 === 0 ? 80 : 443, 1000 * (slot + 1), 'ACCEPT');
  [6, 3, 1].forEach((times, i) => {
    for (let n = 0; n < times; ++n) line(n, `203.0.113.${i + 1}`, 22, 0, 'REJECT');
  });
  return `${lines.join('\n')}\n`;
}

export class World {
  async start() {
    this.directory = await mkdtemp(join(tmpdir(), 'weir_ui_'));
    const log = join(this.directory, 'flows.log');
    await writeFile(log, flowLog());
    const data = join(this.directory, 'store');
    const taken = spawnSync(weir, ['ingest', '--data', data, '--quiet', log], { encoding: 'utf8' });
    assert.equal(taken.status, 0, taken.stderr);
    this.process = spawn(weir, ['serve', '--data', data, '--listen', '127.0.0.1:0'], {
      env: { ...process.env, WEIR_AWS_REGION: 'us-west-2' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    this.process.stderr.on('data', (piece) => (said += piece));
    const found = await until('the server listening', () => {
      assert.equal(this.process.exitCode, null, said);
      return /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said);
    });
    this.url = found[1];
    await this.putMetrics();
    this.browser = await require('playwright-core').chromium.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  }

  async stop() {
    await this.browser?.close();
    this.process.kill('SIGTERM');
    await until('the server ending', () => this.process.exitCode !== null || this.process.signalCode !== null);
    await rm(this.directory, { recursive: true, force: true });
  }

  async aws(operation, input) {
    const answer = await fetch(this.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `GraniteServiceVersion20100801.${operation}` },
      body: JSON.stringify(input),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text === '' ? {} : JSON.parse(text);
  }

  async call(method, path, body) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  // One sample in each slot that is no gap, without dimensions; one metric with dimensions alone.
  async putMetrics() {
    const at = (slot) => (BEGIN_MS + slot * SLOT_MS + 60_000) / 1000;
    const slots = Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => !inGap(slot));
    const put = (Namespace, metrics) =>
      this.aws('PutMetricData', {
        Namespace,
        MetricData: slots.flatMap((slot) =>
          Object.entries(metrics).map(([MetricName, value]) => ({ MetricName, Value: value(slot), Timestamp: at(slot) })),
        ),
      });
    await put('VPC/NetworkLatency/8_8_8_8', {
      rtt_avg: rtt,
      rtt_max: (slot) => 2 * rtt(slot),
      rtt_min: (slot) => rtt(slot) / 2,
      jitter: () => 1,
      packet_loss_percent: (slot) => (slot >= 30 ? 20 : 0),
    });
    await put('VPC/NetworkBandwidth', {
      bytes_sent_per_second: (slot) => 80_000 + slot,
      bytes_recv_per_second: (slot) => 420_000 + slot,
      errors_in: () => 3,
      errors_out: () => 0,
      drops_in: () => 1,
      drops_out: () => 0,
    });
    await put('VPC/TCPConnections', { total_connections: () => 120, established: () => 80, time_wait: () => 9 });
    await this.aws('PutMetricData', {
      Namespace: 'VPC/Dimensioned',
      MetricData: [{ MetricName: 'only_with', Value: 1, Timestamp: at(1), Dimensions: [{ Name: 'InstanceId', Value: 'i-1' }] }],
    });
  }

  async putDashboard(name, body) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    await this.aws('PutDashboard', { DashboardName: name, DashboardBody: text });
    return text;
  }

  // A page that remembers everything that went wrong in it; `done` closes it and fails on any of that.
  async page(path, { width = 1440, height = 1100, theme = 'light' } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      acceptDownloads: true,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    const wrongs = [];
    const refusals = [];
    // What a test provokes on purpose (an answer of 400) it lets pass.
    page.letPass = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !page.letPass.some((pattern) => pattern.test(message.text()))) wrongs.push(message.text());
    });
    page.on('response', async (response) => {
      if (response.status() >= 400) refusals.push(`${response.request().method()} ${response.url()}: ${await response.text()}`);
    });
    page.on('pageerror', (error) => wrongs.push(error.stack ?? error.message));
    page.setDefaultTimeout(10_000);
    await page.goto(this.url + path);
    page.done = async () => {
      assert.equal(await page.evaluate(() => window.hacked), undefined, 'a hostile text ran');
      await context.close();
      assert.deepEqual(wrongs, [], refusals.join('\n'));
    };
    return page;
  }
}

/** Serious findings of axe. It is evaluated by the debugger, which no content policy binds. */
export async function accessibilityProblems(page) {
  await page.evaluate(await readFile(join(packages, 'axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 4).join(' | ')}`);
}

/** What a chart within `scope` says it drew. */
export async function drawn(scope) {
  const chart = scope.locator('[data-drawn]').first();
  await chart.waitFor();
  return JSON.parse(await chart.getAttribute('data-drawn'));
}

/** The colour on the canvas nearest to what is wanted, around a mark that a chart says it drew there. */
export async function hasInkAt(scope, plot, mark, color) {
  const canvas = scope.locator('canvas').first();
  return canvas.evaluate(
    (element, { plot, mark, color }) => {
      const context = element.getContext('2d');
      const x = Math.round(plot.left + mark.x * plot.width);
      const y = Math.round(plot.top + (1 - mark.y) * plot.height);
      const wanted = [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));
      const { data } = context.getImageData(x - 3, y - 3, 7, 7);
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 200 && wanted.every((part, j) => Math.abs(part - data[i + j]) < 40)) return true;
      }
      return false;
    },
    { plot, mark, color },
  );
}

export function near(actual, wanted, tolerance = 0.012) {
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${actual} is not ${wanted}`);
}

export { assert, until };
