// What every screen says of its menu: CSV, JSON, PNG, the command, curl. What they hold is tested beside each screen.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inkOf, readPng } from './png.mjs';
import { startServer } from './server.mjs';

const ALL = ['CSV', 'JSON', 'PNG', 'Copy as weir command', 'Copy as curl', 'Copy link'];

const SCREENS = [
  ['overview', '/', {}, 'overview', '.chart-plot canvas'],
  ['explore', '/explore', { by: 'action' }, /^Export/, '.chart-plot canvas'],
  ['flows', '/flows', {}, 'flows', '.table tbody tr'],
  ['query', '/query', { q: 'stats count(*) as n by action' }, 'query', '.table tbody tr'],
  ['query as a chart', '/query', { q: 'stats count(*) as n by bin(5m)', view: 'chart' }, 'query', '.chart-plot canvas'],
  ['map', '/map', {}, 'map', '.map-canvas canvas'],
  ['alarms', '/alarms', {}, 'alarms', '.table tbody tr'],
  ['dashboards', '/dashboards', {}, 'dashboards', '.table tbody tr'],
  ['system: storage', '/system', {}, 'storage', '.table tbody tr'],
  ['system: findings', '/system', {}, 'findings', '.findings li, .empty'],
];

async function furnish(base) {
  const aws = (operation, input) =>
    fetch(base, { method: 'POST', headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `GraniteServiceVersion20100801.${operation}` }, body: JSON.stringify(input) });
  await aws('PutMetricAlarm', { AlarmName: 'Exported', Namespace: 'Net', MetricName: 'rtt', Statistic: 'Average', Period: 300, EvaluationPeriods: 3, Threshold: 100, ComparisonOperator: 'GreaterThanThreshold' });
  await aws('PutDashboard', { DashboardName: 'Exported', DashboardBody: JSON.stringify({ widgets: [] }) });
}

async function takeAway(screen, [name, path, parameters, what, drawn]) {
  await screen.open(path, parameters);
  await screen.page.locator(drawn).first().waitFor();
  await screen.settled();
  const button = screen.page.getByRole('button', { name: typeof what === 'string' ? `Export ${what}` : what }).first();
  await button.click();
  const items = await screen.page.locator('.popover .menu button').allTextContents();
  assert.deepEqual(items.map((item) => item.trim()), ALL);
  const [file] = await Promise.all([screen.page.waitForEvent('download'), screen.page.getByRole('button', { name: 'PNG', exact: true }).click()]);
  const bytes = readFileSync(await file.path());
  if (process.env.WEIR_UI_SHOTS) writeFileSync(join(process.env.WEIR_UI_SHOTS, `export-${name.replace(/[^a-z]+/g, '-')}.png`), bytes);
  const ink = inkOf(readPng(bytes));
  assert.ok(ink.colors >= 2 && ink.ground < 0.999, JSON.stringify(ink));
  await button.click();
  await screen.page.getByRole('button', { name: 'Copy as weir command', exact: true }).click();
  await screen.has('.toast', 'Command copied');
  assert.match(await screen.page.evaluate(() => navigator.clipboard.readText()), /^weir (query|alarm list|dashboard list|store info|doctor)/);
}

export const tests = SCREENS.map((one) => [
  `${one[0]}: the whole menu, and a picture that shows something`,
  async (screen, { weir }) => {
    if (one[1] !== '/alarms' && one[1] !== '/dashboards') return takeAway(screen, one);
    const server = await startServer(weir); // the other tests' one has no alarms
    try {
      screen.base = server.base;
      await furnish(server.base);
      await takeAway(screen, one);
      await screen.page.goto('about:blank'); // with what it still asks
    } finally {
      await server.stop();
    }
  },
]);
