import assert from 'node:assert/strict';
import { writeFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { HOSTILE, SINCE } from './server.mjs';

export const tests = [
  ['records are newest first, and more come at the end', async (screen) => {
    await screen.open('/flows');
    await screen.page.waitForSelector('tbody tr.opens');
    const [[newest]] = await screen.ask('filter log_status = "OK" | stats max(start) as t');
    const shown = await screen.page.locator('tbody tr.opens td').first().textContent();
    assert.equal(shown, new Date(newest).toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' }));
    await screen.has('h2', '200+ records');
    await screen.page.locator('.table-box').evaluate((box) => { box.scrollTop = box.scrollHeight; });
    await screen.has('h2', '400+ records');
    assert.ok(await screen.page.locator('tbody tr.opens').count() < 80, 'rows out of view are not in the page');
  }],
  ['one record is explained, and its values narrow', async (screen) => {
    await screen.open('/flows', { filter: 'action = "REJECT"' });
    await screen.page.locator('tbody tr.opens').first().click();
    await screen.has('.side .fields dt', 'tcp_flags');
    await screen.has('.side .fields dd', 'SYN');
    await screen.has('.side .fields dt', 'The VPC of the interface');
    await screen.has('.side .sides', 'packet');
    // Whoever opens the address sees the same record, and one that is not stored is said to be none.
    const fields = () => screen.page.locator('.side .fields').innerText();
    const before = (await fields()).replaceAll(/\d+ \w+ ago/g, '');
    await screen.page.reload();
    await screen.page.locator('.side .fields').waitFor();
    assert.equal((await fields()).replaceAll(/\d+ \w+ ago/g, ''), before);
    assert.equal(await screen.page.locator('tbody tr.chosen').count(), 1);
    await screen.open('/flows', { filter: 'action = "REJECT"', record: '1767571200000 srcaddr = "192.0.2.77"' });
    await screen.has('.side', 'That record is not here');
    await screen.page.getByRole('button', { name: 'Close' }).click();
    await screen.page.waitForFunction(() => !document.querySelector('.side'));
    await screen.page.locator('tbody tr.opens').first().click();
    await screen.has('.side .fields dt', 'tcp_flags');
    await screen.page.getByRole('button', { name: /^Only dstport/ }).click();
    await screen.page.waitForURL((url) => /^action = "REJECT" and dstport = \d+$/.test(url.searchParams.get('filter')));
    await screen.settled();
    await screen.page.waitForSelector('tbody tr.rejected');
  }],
  ['what an address does, and what its peers do', async (screen) => {
    await screen.open('/flows');
    const cell = screen.page.locator('tbody tr.opens').first();
    await cell.click();
    await screen.page.locator('.side .button.link').first().click();
    await screen.page.waitForSelector('.side .bar-list li');
    const address = screen.parameters().address;
    const [[sent]] = await screen.ask(`filter srcaddr = "${address}" | stats sum(bytes) as b`);
    const said = await screen.text('.side .amount');
    const scale = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[said.split(' ')[1]];
    assert.equal(Number(said.split(' ')[0]), Number(((sent ?? 0) / scale).toPrecision(3)));
    await screen.page.locator('.side .bar-list button').first().click();
    await screen.page.waitForURL((url) => url.searchParams.get('address') !== address);
    await screen.page.getByRole('button', { name: 'Close' }).click();
    await screen.has('.side h2', 'Record'); // back to where one came from
    await screen.page.getByRole('button', { name: 'Close' }).click();
    await screen.page.waitForFunction(() => !document.querySelector('.side'));
  }],
  ['columns are chosen, and hostile texts are texts', async (screen) => {
    await screen.open('/flows', { since: '2026-01-04T23:00:00Z', until: SINCE, filter: 'ispresent(instance_tag)' });
    await screen.page.getByRole('button', { name: 'Columns' }).click();
    await screen.page.getByLabel('Columns: add a field').fill('instance_tag');
    await screen.page.keyboard.press('Enter');
    for (const text of HOSTILE) await screen.has('tbody td', text.replaceAll(' ', '_'));
    await screen.page.keyboard.press('Escape');
    await screen.page.locator('tbody tr.opens', { hasText: '<img' }).click();
    await screen.has('.side .fields dd', '<img/src=x');
    assert.equal(await screen.page.evaluate(() => window.__hurt), undefined);
  }],
  ['new records show while it is live, and wait while it is paused', async (screen) => {
    await screen.open('/flows', { live: '1' });
    await screen.has('.live-title', 'Live');
    const put = (name, address) => {
      const now = Math.floor(Date.now() / 1000);
      writeFileSync(join(screen.server.liveFolder, `.${name}`), `start end srcaddr dstaddr srcport dstport protocol packets bytes action\n${now - 60} ${now} ${address} 10.8.8.2 4000 443 6 3 4242 ACCEPT\n`);
      renameSync(join(screen.server.liveFolder, `.${name}`), join(screen.server.liveFolder, name));
    };
    put('first.log', '10.8.8.1');
    await screen.page.locator('tbody td', { hasText: '10.8.8.1' }).first().waitFor({ timeout: 30_000 });
    await screen.page.getByRole('button', { name: 'Pause' }).click();
    put('second.log', '10.8.8.9');
    await screen.page.waitForFunction(() => /Paused, 1 waiting/.test(document.querySelector('.live-title').textContent), null, { timeout: 30_000 });
    assert.equal(await screen.page.locator('tbody td', { hasText: '10.8.8.9' }).count(), 0);
    await screen.page.getByRole('button', { name: 'Go on' }).click();
    await screen.page.locator('tbody td', { hasText: '10.8.8.9' }).first().waitFor();
  }],
];
