import assert from 'node:assert/strict';
import { assertAccessible } from './harness.mjs';
import { startServer } from './server.mjs';

const digits = (text) => Number(text.replace(/\D/g, ''));

const fact = async (screen, name) => screen.page.locator('.facts > div', { has: screen.page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd').textContent();

export const tests = [
  ['intake, lag, what was refused and why, what is kept', async (screen) => {
    const system = await (await fetch(`${screen.base}/api/v1/system`)).json();
    // Refusals are rare in simulated logs: one is put in, with its reason.
    await screen.page.route('**/api/v1/system', (route) => route.fulfill({ json: {
      ...system, intake: { ...system.intake, lagMs: 95_000, rejected: 12, rejectedByReason: { 'too few fields': 9, 'bad address': 3 } },
    } }));
    await screen.open('/system');
    await screen.has('.facts dd', '1 min 35 s');
    assert.equal(await fact(screen, 'Refused records'), '12');
    assert.equal(await fact(screen, 'Refused: too few fields'), '9');
    assert.equal(await fact(screen, 'Refused: bad address'), '3');
    assert.equal(await fact(screen, 'Metrics are kept'), '1 s for 3 hours, 1 min for 15 days, 5 min for 63 days, 1 h for 455 days');
    const row = await screen.page.getByRole('region', { name: 'Tables of the store' }).locator('tbody tr').first().locator('td').allTextContents();
    const flows = system.store.tables.find((table) => table.name === 'flows');
    assert.equal(digits(row[1]), flows.records);
    assert.match(row[2], /[\d.]+ [kM]B/);
    assert.equal(row[6], 'for ever');
  }],
  ['what is kept is changed, after a word on what that removes', async (screen, { packages, weir }) => {
    const server = await startServer(weir);
    try {
      const kept = async () => (await (await fetch(`${server.base}/api/v1/system`)).json()).store.tables.find((table) => table.name === 'flows');
      const before = await kept();
      await screen.page.goto(`${server.base}/system`);
      await screen.page.getByRole('button', { name: 'Change how long flows is kept' }).click();
      const dialog = screen.page.getByRole('dialog', { name: 'How long flows is kept' });
      await dialog.getByText('Nothing that is stored now is removed by this').waitFor();
      await dialog.getByLabel(/^Days/).fill('30');
      await dialog.getByText(/^This removes .* rows for good/).waitFor();
      assert.equal(digits((await dialog.getByRole('status').textContent()).split(' of ')[0]), before.records);
      await assertAccessible(screen, packages);
      await dialog.getByLabel(/^Days/).fill('soon');
      await dialog.getByText('Days and gigabytes are numbers above 0').waitFor();
      await dialog.getByRole('button', { name: /^Store/, disabled: true }).waitFor();
      assert.equal((await kept()).retentionDays, null, 'a preview stores nothing');
      await dialog.getByLabel(/^Days/).fill('3650');
      await dialog.getByLabel(/^Gigabytes/).fill('50');
      await dialog.getByText('Nothing that is stored now is removed by this').waitFor();
      await dialog.getByRole('button', { name: 'Store', exact: true }).click();
      await screen.has('[aria-label="Tables of the store"] td', '3\u202f650 days and 50 GB at most');
      const after = await kept();
      assert.deepEqual([after.retentionDays, after.retentionBytes, after.records], [3650, 5e10, before.records]);
      await screen.has('[aria-label="Audit log"] td', 'put retention');
    } finally {
      await screen.page.goto('about:blank'); // with what it still asks
      await server.stop();
    }
  }],
  ['what is stored, what is wrong and who changed what', async (screen) => {
    await screen.open('/system');
    const system = await (await fetch(`${screen.base}/api/v1/system`)).json();
    await screen.has('.facts dt', 'Records stored');
    const shown = await screen.page.locator('.facts > div', { hasText: 'Records stored' }).locator('dd').textContent();
    assert.ok(Math.abs(digits(shown) - Number(system.intake.records)) <= 2, `${shown} against ${system.intake.records}`);
    const row = screen.page.locator('tbody tr', { hasText: 'flows' }).first();
    assert.ok(digits(await row.locator('td').nth(1).textContent()) > 100_000);
    await screen.has('.panel', 'weir key'); // nobody signs in here
    await screen.has('.panel', 'Nothing found');

    const alarm = {
      Namespace: 'Nowhere', MetricName: 'nothing', Statistic: 'Average', Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold',
    };
    const where = `${screen.base}/api/v1/alarms/never-%3Cb%3E`;
    const stored = await fetch(where, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(alarm) });
    assert.equal(stored.status, 200, await stored.text());
    await screen.page.keyboard.press('r');
    await screen.has('.findings li', 'never-<b>');
    await screen.has('.table', 'never-<b>');
    assert.equal((await fetch(where, { method: 'DELETE' })).status, 200);
  }],
];
