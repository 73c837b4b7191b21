import assert from 'node:assert/strict';

const digits = (text) => Number(text.replace(/\D/g, ''));

export const tests = [
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
