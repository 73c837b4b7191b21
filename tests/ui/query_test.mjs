import assert from 'node:assert/strict';
import { HOSTILE, SINCE } from './server.mjs';

/** Keys go to the editor in its shadow root. */
async function typeQuery(screen, text) {
  await screen.page.locator('.query-editor .cm-content').click();
  await screen.page.keyboard.press('Control+A');
  await screen.page.keyboard.press('Delete');
  await screen.page.keyboard.insertText(text);
}

export const tests = [
  ['a query runs by Ctrl-Enter, and its rows are those of the server', async (screen) => {
    await screen.open('/query');
    await screen.has('.empty', 'Ask the flow records');
    const text = 'filter action = "REJECT" | stats count(*) as n by srcaddr | sort n desc, srcaddr | limit 30';
    await typeQuery(screen, text);
    await screen.page.keyboard.press('Control+Enter');
    await screen.page.waitForSelector('.result-panel tbody tr');
    const rows = await screen.ask(text);
    assert.equal(screen.parameters().q, text);
    await screen.has('h2', '30 rows');
    const shown = await screen.page.locator('.result-panel tbody tr').first().locator('td').allTextContents();
    assert.deepEqual([shown[0], Number(shown[1].replace(/\D/g, ''))], rows[0]);
  }],
  ['SQL runs too, and the result is drawn as bars', async (screen) => {
    await screen.open('/query', { q: 'SELECT dstport, count(*) AS n FROM flows GROUP BY dstport ORDER BY n DESC LIMIT 5', view: 'chart' });
    await screen.page.waitForSelector('.result-bars li');
    assert.equal(await screen.page.locator('.result-bars li').count(), 5);
    assert.equal(await screen.page.getByRole('button', { name: 'SQL' }).getAttribute('aria-pressed'), 'true');
  }],
  ['bins are drawn over time, with the gap', async (screen) => {
    const text = 'filter log_status = "OK" | stats sum(bytes) as bytes by bin(5m) as t';
    await screen.open('/query', { q: text, view: 'chart' });
    const chart = await screen.chart('Result over time');
    const rows = (await screen.ask(text)).map(([a, b]) => (a > 1e12 ? [a, b] : [b, a])).sort((a, b) => a[0] - b[0]);
    for (const point of [0, 3, 7]) assert.equal((await chart.place(0, point)).value, rows[point][1]);
    assert.equal(chart.series[0].points, rows.length);
    assert.equal(chart.series[0].gaps.length, 1);
  }],
  ['a mistake is marked in its place', async (screen) => {
    screen.expect(/status of 40[04]/);
    await screen.open('/query');
    await typeQuery(screen, 'filter srcadr = 1');
    await screen.page.keyboard.press('Control+Enter');
    await screen.has('.problem', 'srcaddr');
    assert.equal(await screen.page.locator('.query-editor .cm-lintRange-error').textContent(), 'srcadr');
  }],
  ['fields, functions and values are completed', async (screen) => {
    await screen.open('/query');
    await screen.page.locator('.query-editor .cm-content').waitFor();
    await screen.page.keyboard.press('/');
    await screen.page.keyboard.type('filter acti');
    await screen.page.locator('.query-editor .cm-tooltip-autocomplete li', { hasText: 'action' }).waitFor();
    await screen.page.waitForTimeout(100); // CodeMirror takes no choice within 75 ms of showing it
    await screen.page.keyboard.press('Enter');
    await screen.page.keyboard.type(' = ');
    await screen.page.keyboard.press('Control+Space');
    await screen.page.locator('.query-editor .cm-tooltip-autocomplete li', { hasText: '"REJECT"' }).waitFor();
    assert.match(await screen.page.locator('.query-editor .cm-content').textContent(), /^filter action = /);
  }],
  ['an answer without rows says why', async (screen) => {
    await screen.open('/query', { q: 'filter dstport = 1 and dstport = 2' });
    await screen.has('.empty', 'No rows');
    assert.ok((await screen.text('.empty li')).length > 20);
  }],
  ['history and saved queries come back', async (screen) => {
    await screen.open('/query');
    await typeQuery(screen, 'stats count(*) as n');
    await screen.page.keyboard.press('Control+Enter');
    await screen.page.waitForSelector('.result-panel tbody tr');
    await screen.page.getByRole('button', { name: 'Saved' }).click();
    await screen.page.getByLabel('Name of the query').fill('All of them');
    await screen.page.getByRole('button', { name: 'Save', exact: true }).click();
    await screen.has('.toast', 'All of them');
    await screen.open('/query');
    await screen.page.getByRole('button', { name: 'History' }).click();
    await screen.has('.query-history code', 'stats count(*) as n');
    await screen.page.keyboard.press('Escape');
    await screen.page.getByRole('button', { name: 'Saved' }).click();
    await screen.page.getByRole('button', { name: 'All of them', exact: true }).click();
    await screen.page.waitForSelector('.result-panel tbody tr');
    assert.equal(screen.parameters().q, 'stats count(*) as n');
    await screen.page.getByRole('button', { name: 'Saved' }).click();
    await screen.page.getByRole('button', { name: 'Remove All of them' }).click();
    await screen.has('.saved-list', 'No saved queries');
  }],
  ['hostile texts are texts in the result and its chart', async (screen) => {
    await screen.open('/query', { q: 'filter ispresent(instance_tag) | stats sum(bytes) as b by instance_tag', since: '2026-01-04T23:00:00Z', until: SINCE });
    for (const text of HOSTILE) await screen.has('.result-panel tbody td', text.replaceAll(' ', '_'));
    await screen.page.getByRole('button', { name: 'Chart' }).click();
    for (const text of HOSTILE) await screen.has('.result-bars', text.replaceAll(' ', '_'));
    assert.equal(await screen.page.evaluate(() => window.__hurt), undefined);
  }],
  ['thousands of rows come, and few are in the page', async (screen) => {
    await screen.open('/query', { q: 'fields srcaddr, dstaddr, srcport, bytes | limit 8000' });
    await screen.has('h2', '8\u202f000 rows');
    assert.ok(await screen.page.locator('.result-panel tbody tr').count() < 80);
    await screen.page.getByRole('button', { name: 'bytes' }).click();
    const cells = await screen.page.locator('.result-panel tbody tr td:nth-child(4)').allTextContents();
    const numbers = cells.slice(0, 20).map((cell) => Number(cell.replace(/\D/g, '')));
    assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a));
  }],
  ['the reference puts a field into the query', async (screen) => {
    await screen.open('/query');
    await screen.page.getByRole('button', { name: 'Reference' }).click();
    await screen.page.getByLabel('Search fields and functions').fill('tcp_flags');
    await screen.page.locator('.reference button', { hasText: 'tcp_flags' }).first().click();
    await screen.page.waitForFunction(() => /tcp_flags/.test(document.querySelector('.query-editor').shadowRoot.textContent));
  }],
];
