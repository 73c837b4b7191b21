// Every screen at each width and in each theme: where its parts stand, and axe-core. The page stays: both change under it.
import { assertAccessible, THEMES, WIDTHS } from './harness.mjs';
import { assertLayout } from './layout.mjs';
import { startServer } from './server.mjs';

// Of the records that all tests share, which none of them changes.
const SCREENS = [
  ['overview', '/', {}],
  ['explore', '/explore', { by: 'srcaddr,dstport', before: '1' }],
  ['heat map', '/explore', { by: 'dstport', view: 'heat' }],
  ['sankey', '/explore', { by: 'srcaddr,dstport', view: 'sankey' }],
  ['flows', '/flows', {}],
  ['query', '/query', { q: 'stats count(*) as n by srcaddr | sort n desc | limit 50' }],
  ['map', '/map', { path: 'vpc-04dffd01628bfe784' }],
];

/** Without `packages` axe-core is left to the tests of panels/, which run it over the same screens. */
async function inEachForm(screen, packages, name) {
  for (const width of WIDTHS) {
    await screen.page.setViewportSize({ width, height: 900 });
    for (const theme of THEMES) {
      await screen.page.emulateMedia({ colorScheme: theme });
      await screen.page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
      await screen.settled();
      await screen.isWithinWidth();
      await assertLayout(screen, name, width, theme);
      if (packages) await assertAccessible(screen, packages);
    }
  }
}

const MINUTE_MS = 60_000;

/** Metrics of the last three hours, an alarm and a dashboard over them. */
async function furnish(base) {
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const aws = async (operation, input) => {
    const answer = await fetch(base, { method: 'POST', headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `GraniteServiceVersion20100801.${operation}` }, body: JSON.stringify(input) });
    if (answer.status !== 200) throw new Error(`${operation}: ${await answer.text()}`);
  };
  const MetricData = Array.from({ length: 36 }, (_, slot) => ['rtt', 'loss'].map((MetricName, index) => ({ MetricName, Timestamp: (nowMs - slot * 5 * MINUTE_MS) / 1000, Value: 10 + (slot % 7) + 20 * index }))).flat();
  await aws('PutMetricData', { Namespace: 'Net', MetricData });
  await aws('PutMetricAlarm', { AlarmName: 'Slow', Namespace: 'Net', MetricName: 'rtt', Statistic: 'Average', Period: 300, EvaluationPeriods: 3, Threshold: 100, ComparisonOperator: 'GreaterThanThreshold' });
  const metric = (x, y, view) => ({ type: 'metric', x, y, width: 12, height: 6, properties: { metrics: [['Net', 'rtt'], ['.', 'loss']], view, region: 'us-east-1', title: `Net as ${view}`, period: 300 } });
  const widgets = [{ type: 'text', x: 0, y: 0, width: 24, height: 2, properties: { markdown: '# Network' } }, metric(0, 2, 'timeSeries'), metric(12, 2, 'singleValue'), metric(0, 8, 'bar'), metric(12, 8, 'table')];
  await aws('PutDashboard', { DashboardName: 'Network', DashboardBody: JSON.stringify({ widgets }) });
  const graph = JSON.stringify({ metrics: [['Net', 'rtt'], ['.', 'loss']], region: 'us-east-1', view: 'timeSeries', period: 300 });
  return { since: new Date(nowMs - 180 * MINUTE_MS).toISOString(), until: new Date(nowMs).toISOString(), graph };
}

async function ownScreens(screen, { packages, weir }) {
  const server = await startServer(weir);
  try {
    const { graph, ...span } = await furnish(server.base);
    screen.base = server.base;
    for (const [name, path, parameters] of [['metrics', '/metrics', { graph }], ['alarms', '/alarms', {}], ['dashboards', '/dashboards', {}], ['dashboard', '/dashboards/Network', {}], ['system', '/system', {}]]) {
      await screen.open(path, { ...span, ...parameters });
      await screen.page.locator('.table, .metric-chart, .widget').first().waitFor();
      await inEachForm(screen, name === 'system' ? packages : null, name);
    }
    await screen.page.goto('about:blank');
  } finally {
    await server.stop();
  }
}

export const tests = [
  ['metrics, alarms, dashboards and system in each width and theme', ownScreens],
  ...SCREENS.map(([name, path, parameters]) => [
    `${name} in each width and theme`,
    async (screen, { packages }) => {
      await screen.open(path, parameters);
      await screen.page.locator('.chart-plot canvas, .heat-map canvas, .sankey svg, .table tbody tr, .map-canvas canvas').first().waitFor();
      await inEachForm(screen, packages, name);
    },
  ]),
];
