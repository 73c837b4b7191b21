import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inkOf, readPng } from './png.mjs';
import { HOSTILE, SINCE } from './server.mjs';

export const tests = [
  ['a stack adds up to all, Other among it', async (screen) => {
    await screen.open('/explore', { by: 'srcaddr', view: 'stacked', top: '5' });
    const chart = await screen.chart('Bytes by srcaddr');
    assert.equal(chart.series.length, 6);
    assert.equal(chart.series[5].label, 'Other');
    const top = await chart.place(5, 20);
    const [[all]] = await screen.ask('filter log_status = "OK" | stats sum(bytes) as b', ...(await steps(screen, 20)));
    assert.equal(top.value, all);
  }],
  ['lines of the period before lie behind', async (screen) => {
    await screen.open('/explore', { by: '-', view: 'line', since: '2026-01-05T03:00:00Z' });
    assert.equal((await screen.chart('Bytes')).series.length, 1);
    await screen.page.keyboard.press('p');
    await screen.page.waitForURL((url) => url.searchParams.get('before') === '1');
    await screen.page.waitForFunction(() => document.querySelector('.chart-plot')?.weirChart?.describe().series.length === 2);
    const chart = await screen.chart('Bytes');
    assert.equal(chart.series[1].label, 'All, previous period');
    const [[before]] = await screen.ask('filter log_status = "OK" | stats sum(bytes) as b', ...(await steps(screen, 40, 3_600_000)));
    assert.equal((await chart.place(1, 40)).value, before);
  }],
  ['heat map, sankey and table show the same question', async (screen) => {
    await screen.open('/explore', { by: 'srcaddr,dstport', view: 'stacked', top: '5' });
    await screen.page.getByRole('button', { name: 'Heat map' }).click();
    await screen.page.waitForSelector('.heat-map[data-rows="6"] canvas');
    await screen.page.getByRole('button', { name: 'Sankey' }).click();
    await screen.page.waitForSelector('.sankey path.band', { state: 'attached' });
    assert.equal(Number(await screen.page.locator('.sankey').getAttribute('data-links')), 6, 'five groups, and the rest');
    // What is past the greatest groups is there, and no condition to choose.
    const rest = screen.page.locator('.sankey .band.series-other');
    const { other } = await screen.page.evaluate(async () => {
      const body = { filter: '', by: ['srcaddr', 'dstport'], metric: 'bytes', top: 5, orderBy: 'total', since: Date.parse(new URLSearchParams(location.search).get('since')), until: Date.parse(new URLSearchParams(location.search).get('until')), points: 300, previous: false };
      return (await fetch('/api/v1/explore', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();
    });
    assert.equal(await rest.getAttribute('aria-label'), `Other → Other: ${Number((other.total / 1e9).toPrecision(3))} GB`);
    await rest.focus();
    await screen.page.keyboard.press('Enter');
    assert.equal(await screen.page.locator('.mark-bar').count(), 0);
    await screen.page.getByRole('button', { name: 'Table', exact: true }).click();
    await screen.page.waitForSelector('.series-table .sparkline');
    assert.equal(await screen.page.locator('.series-table tbody tr').count(), 6);
    assert.equal(screen.parameters().view, 'table');
    await screen.page.goBack();
    await screen.page.waitForSelector('.sankey path.band', { state: 'attached' });
  }],
  ['a click on a band chooses its two ends', async (screen) => {
    await screen.open('/explore', { by: 'srcaddr,dstport', view: 'sankey', top: '5' });
    const band = screen.page.locator('.sankey .band:not(.series-other)').first();
    await band.waitFor({ state: 'attached' });
    const [from, to] = (await band.getAttribute('aria-label')).split(/ → |: /);
    // In the middle of the band, where no label lies.
    const [x, y] = await band.evaluate((path) => {
      const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
      const place = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
      return [place.x, place.y];
    });
    await screen.page.mouse.click(x, y);
    await screen.has('.mark-bar', `${from} → ${to}`);
    await screen.page.getByRole('button', { name: 'Only this' }).click();
    await screen.page.waitForURL((url) => url.searchParams.get('filter') === `srcaddr = "${from}" and dstport = ${to}`);
  }],
  ['a sankey of one field offers a second', async (screen) => {
    await screen.open('/explore', { by: 'srcaddr', view: 'sankey' });
    await screen.page.getByRole('button', { name: 'Group by dstaddr as well' }).click();
    await screen.page.waitForSelector('.sankey path.band', { state: 'attached' });
    assert.equal(screen.parameters().by, 'srcaddr,dstaddr');
  }],
  ['a click on a mark narrows, excludes and shows its records', async (screen) => {
    await screen.open('/explore', { by: 'action', metric: 'flows', view: 'stacked' });
    await screen.page.locator('.series-table tbody tr', { hasText: 'REJECT' }).click();
    await screen.page.getByRole('button', { name: 'Only this' }).click();
    await screen.page.waitForURL((url) => url.searchParams.get('filter') === 'action = "REJECT"');
    await screen.settled();
    const { box } = await screen.chart('Flow records by action');
    await screen.page.mouse.click(box.x + box.width * 0.3, box.y + box.height - 4);
    await screen.page.waitForSelector('.mark-bar');
    await screen.page.getByRole('button', { name: 'Records', exact: true }).click();
    await screen.has('h1', 'Flows');
    await screen.page.waitForSelector('tbody tr.rejected');
    assert.equal(await screen.page.locator('.tag.accept').count(), 0);
    const span = Date.parse(screen.parameters().until) - Date.parse(screen.parameters().since);
    assert.ok(span <= 300_000, `the records of one step are asked for, not of ${span} ms`);
  }],
  ['the filter completes fields, operators and values', async (screen) => {
    await screen.open('/explore', { by: 'dstport' });
    await screen.page.keyboard.press('/');
    await screen.page.keyboard.type('acti');
    await screen.page.waitForSelector('.completion li.field');
    await screen.page.keyboard.press('ArrowDown');
    await screen.page.keyboard.press('Enter');
    await screen.page.waitForSelector('.completion li.operator');
    await screen.page.keyboard.type('= "RE');
    await screen.page.waitForSelector('.completion li.value');
    await screen.page.keyboard.press('ArrowDown');
    await screen.page.keyboard.press('Tab');
    await screen.page.waitForFunction(() => /action = "REJECT"/.test(document.querySelector('.filter-line input').value));
    await screen.page.keyboard.press('Enter');
    await screen.page.waitForURL((url) => url.searchParams.get('filter') === 'action = "REJECT"');
  }],
  ['Enter at once after a choice applies it', async (screen) => {
    await screen.open('/explore', { by: 'dstport' });
    await screen.page.keyboard.press('/');
    await screen.page.keyboard.type('action = "RE');
    await screen.page.waitForSelector('.completion li.value');
    // Both keys come before the next frame, as from quick fingers on a busy machine.
    await screen.page.evaluate(async () => {
      const input = document.querySelector('.filter-line input');
      const press = async (key) => {
        input.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        await new Promise((resolve) => setTimeout(resolve, 0));
      };
      await press('ArrowDown');
      const frames = window.requestAnimationFrame;
      window.requestAnimationFrame = () => 0; // the next frame does not come yet
      await press('Tab');
      window.requestAnimationFrame = frames;
      await new Promise((resolve) => setTimeout(resolve, 100));
      await press('Enter');
    });
    await screen.page.waitForURL((url) => url.searchParams.get('filter') === 'action = "REJECT"');
  }],
  ['a filter that does not parse says where', async (screen) => {
    screen.expect(/status of 40[04]/);
    await screen.open('/explore', { filter: 'srcadr = "x"' });
    await screen.has('.filter-problem', 'srcaddr');
    assert.equal(await screen.text('.filter-problem pre'), '^^^^^^');
    await screen.has('.explore-panel .empty', 'Nothing to draw');
    assert.equal(await screen.page.locator('.chart-plot').count(), 0, 'axes of nothing');
  }],
  ['a filter that lets nothing through says why', async (screen) => {
    await screen.open('/explore', { filter: 'srcaddr = "192.0.2.250"' });
    await screen.has('.empty', 'No records to show');
    await screen.page.getByRole('button', { name: 'Without the filter' }).click();
    await screen.chart('Bytes by srcaddr');
  }],
  ['fields are added, moved and removed by keyboard and mouse', async (screen) => {
    await screen.open('/explore', { by: 'srcaddr' });
    await screen.page.getByLabel('Group by: add a field').fill('dstp');
    await screen.page.keyboard.press('Enter');
    await screen.page.waitForURL((url) => url.searchParams.get('by') === 'srcaddr,dstport');
    await screen.page.getByRole('button', { name: 'Move dstport before srcaddr' }).click();
    await screen.page.waitForURL((url) => url.searchParams.get('by') === 'dstport,srcaddr');
    await screen.page.getByRole('button', { name: 'Do not group by srcaddr' }).click();
    await screen.page.waitForURL((url) => url.searchParams.get('by') === 'dstport');
  }],
  ['hostile texts are texts, in tables and in the CSV', async (screen) => {
    await screen.open('/explore', { by: 'instance_tag', view: 'table', since: '2026-01-04T23:00:00Z', until: SINCE });
    for (const text of HOSTILE) await screen.has('.series-name', text.replaceAll(' ', '_'));
    const [file] = await Promise.all([
      screen.page.waitForEvent('download'),
      screen.page.getByRole('button', { name: /^Export/ }).click().then(() => screen.page.getByRole('button', { name: 'CSV' }).click()),
    ]);
    const csv = readFileSync(await file.path(), 'utf8');
    assert.match(csv, /^instance_tag,total,/);
    assert.ok(csv.includes(`"'=HYPERLINK(""http://x.example/"",""y"")"`), csv);
    await screen.page.getByRole('button', { name: 'Stacked' }).click();
    const { box } = await screen.chart('Bytes by instance_tag');
    for (const share of [0.15, 0.17, 0.2]) await screen.page.mouse.move(box.x + box.width * share, box.y + 40);
    assert.equal(await screen.page.evaluate(() => window.__hurt), undefined);
    assert.equal(await screen.page.locator('#content img').count(), 0);
  }],
  ['views are saved by name, and hostile names are names', async (screen) => {
    const name = '<b>"x"</b> & co';
    await screen.open('/explore', { by: 'dstport', metric: 'flows' });
    await screen.page.getByRole('button', { name: 'Saved views' }).click();
    await screen.page.getByLabel('Name of the view').fill(name);
    await screen.page.getByRole('button', { name: 'Save', exact: true }).click();
    await screen.has('.toast', name);
    await screen.open('/explore', { by: 'srcaddr' });
    await screen.page.getByRole('button', { name: 'Saved views' }).click();
    await screen.page.locator('.saved-list li .button', { hasText: name }).first().click();
    await screen.page.waitForURL((url) => url.searchParams.get('by') === 'dstport' && url.searchParams.get('metric') === 'flows');
    await screen.page.getByRole('button', { name: 'Saved views' }).click();
    await screen.page.getByRole('button', { name: `Remove ${name}` }).click();
    await screen.has('.saved-list', 'No saved views yet');
  }],
  ['the bands of a sankey can be taken away as a picture', async (screen) => {
    for (const theme of ['light', 'dark']) {
      await screen.page.emulateMedia({ colorScheme: theme });
      await screen.open('/explore', { by: 'srcaddr,dstport', view: 'sankey' });
      const svg = screen.page.locator('.sankey svg');
      await svg.waitFor();
      const box = await svg.boundingBox();
      const picture = readPng(await downloaded(screen, 'PNG'));
      assert.deepEqual([picture.width, picture.height], [Math.round(2 * box.width), Math.round(2 * box.height)], 'two points a pixel');
      const ink = inkOf(picture);
      assert.ok(ink.colors >= 8 && ink.ground < 0.9, `the picture shows next to nothing: ${JSON.stringify(ink)}`);
      const isDark = picture.data.subarray(0, 3).every((part) => part < 80);
      assert.equal(isDark, theme === 'dark', 'the ground is that of the theme');
    }
  }],
  ['a picture, the command and curl can be taken away', async (screen) => {
    await screen.open('/explore', { by: 'action' });
    await screen.chart('Bytes by action');
    const menu = () => screen.page.getByRole('button', { name: /^Export/ }).click();
    const [file] = await Promise.all([screen.page.waitForEvent('download'), menu().then(() => screen.page.getByRole('button', { name: 'PNG' }).click())]);
    assert.equal(readFileSync(await file.path()).subarray(1, 4).toString(), 'PNG');
    await menu();
    await screen.page.getByRole('button', { name: 'Copy as weir command' }).click();
    await screen.has('.toast', 'Command copied');
    assert.match(await screen.page.evaluate(() => navigator.clipboard.readText()), /^weir query /);
    await menu();
    await screen.page.getByRole('button', { name: 'Copy as curl' }).click();
    await screen.has('.toast', 'curl copied');
    assert.match(await screen.page.evaluate(() => navigator.clipboard.readText()), /^curl -sS -X POST .*\/api\/v1\/explore$/);
  }],
];

/** A file of the export menu. */
async function downloaded(screen, item) {
  const [file] = await Promise.all([
    screen.page.waitForEvent('download'),
    screen.page.getByRole('button', { name: /^Export/ }).click().then(() => screen.page.getByRole('button', { name: item, exact: true }).click()),
  ]);
  return readFileSync(await file.path());
}

/** The ends of a step of the first chart, as times for a query. */
async function steps(screen, point, earlierMs = 0) {
  const { timesMs, stepMs } = await screen.page.evaluate(async () => {
    const parameters = new URLSearchParams(location.search);
    const body = { filter: '', by: [], metric: 'bytes', top: 10, orderBy: 'total', since: Date.parse(parameters.get('since')), until: Date.parse(parameters.get('until')), points: 300, previous: false };
    return (await fetch('/api/v1/explore', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();
  });
  return [timesMs[point] - earlierMs, timesMs[point] - earlierMs + stepMs];
}
