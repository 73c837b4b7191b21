import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inkOf, readPng } from './png.mjs';
import { SINCE, startServer } from './server.mjs';

const number = (text) => Number(/[\d.]+/.exec(text)[0]);

export const tests = [
  ['what is drawn can be taken away', async (screen) => {
    await screen.open('/');
    await screen.chart('Bytes over time');
    const menu = () => screen.page.getByRole('button', { name: 'Export overview' }).click();
    const download = async (item) => {
      const [file] = await Promise.all([screen.page.waitForEvent('download'), menu().then(() => screen.page.getByRole('button', { name: item, exact: true }).click())]);
      return readFileSync(await file.path());
    };
    const rows = (await download('CSV')).toString().trim().split(/\r?\n/);
    assert.equal(rows[0], 'time,bytes,packets,flows,rejects');
    const [[total]] = await screen.ask('stats sum(bytes) as b');
    assert.equal(rows.slice(1).reduce((sum, row) => sum + Number(row.split(',')[1]), 0), total);
    const ink = inkOf(readPng(await download('PNG')));
    assert.ok(ink.colors >= 3 && ink.ground < 0.99, JSON.stringify(ink));
    await menu();
    await screen.page.getByRole('button', { name: 'Copy as weir command' }).click();
    await screen.has('.toast', 'Command copied');
    assert.match(await screen.page.evaluate(() => navigator.clipboard.readText()), /^weir query 'stats sum\(bytes\) .* by bin\(\d+m\)' --since 2026-01-05T00:00:00Z --until 2026-01-05T04:00:00Z$/);
  }],
  ['the tiles say what a query says', async (screen) => {
    await screen.open('/');
    const [[bytes, records]] = await screen.ask('stats sum(bytes) as bytes, count(*) as n | limit 1');
    assert.equal(number(await screen.text('.tile:nth-child(1) .tile-value')), Number((bytes / 1e9).toPrecision(3)));
    assert.ok(records > 50_000);
    await screen.has('.tile', 'SKIPDATA');
    await screen.has('.tile', 'in ALARM');
  }],
  ['the tile of the coverage says what the ribbon says', async (screen) => {
    // The period before has lost records of its own, which are none of this one.
    await screen.open('/', { since: '2026-01-05T03:00:00Z' });
    const windows = /AWS lost records in (\d+) windows/.exec(await screen.text('.ribbon'))?.[1];
    await screen.has('.tile', `SKIPDATA in ${windows} windows`);
    assert.equal(await screen.text('.tile:nth-child(5) .tile-value'), 'Records lost');
    assert.ok(!(await screen.text('.ribbon')).includes('gap ('));
  }],
  ['each number has the period before behind it', async (screen) => {
    const [sinceMs, untilMs] = [Date.parse('2026-01-05T02:45:00Z'), Date.parse('2026-01-05T04:00:00Z')];
    await screen.open('/', { since: '2026-01-05T02:45:00Z', until: '2026-01-05T04:00:00Z' });
    const answer = await (await fetch(`${screen.base}/api/v1/overview?since=${sinceMs}&until=${untilMs}&points=240`)).json();
    for (const [index, name] of ['bytes', 'packets', 'flows', 'rejects'].entries()) {
      const path = screen.page.locator(`.tile:nth-child(${index + 1}) svg path.before`);
      await path.waitFor({ state: 'attached' });
      const [, y] = /^M[\d.]+ ([\d.]+)/.exec(await path.getAttribute('d'));
      const highest = Math.max(...answer[name], ...answer.previous[name]);
      assert.ok(Math.abs(Number(y) - (28.5 - (answer.previous[name][0] / highest) * 27)) < 0.1, `${name}: ${y}, of ${answer.previous[name][0]} in ${highest}`);
    }
  }],
  ['the chart has the heights of the records, and the gap stays a gap', async (screen) => {
    await screen.open('/');
    const chart = await screen.chart('Bytes over time');
    assert.equal(chart.xRange[0], Date.parse(SINCE));
    const { timesMs, bytes, stepMs } = await (await fetch(`${screen.base}/api/v1/overview?since=${chart.xRange[0]}&until=${chart.xRange[1]}&points=240`)).json();
    const rows = await screen.ask(`filter log_status = "OK" | stats sum(bytes) as b by bin(${stepMs / 60_000}m) as t`);
    const byTime = new Map(rows.map(([value, other]) => (value > 1e12 ? [value, other] : [other, value])));
    for (const point of [10, 40, Math.floor(timesMs.length * 0.9)]) {
      const place = await chart.place(0, point);
      assert.equal(place.value, bytes[point]);
      assert.equal(place.value, byTime.get(timesMs[point]), `bytes at ${new Date(timesMs[point]).toISOString()}`);
      const height = chart.box.height * (1 - (place.value - chart.yRange[0]) / (chart.yRange[1] - chart.yRange[0]));
      assert.ok(Math.abs(place.y - height) < 1, `the point is drawn at ${place.y}, its value is at ${height}`);
    }
    const gap = chart.series[0].gaps.find(([first, last]) => timesMs[first] >= Date.parse('2026-01-05T01:50:00Z') && timesMs[last] <= Date.parse('2026-01-05T02:30:00Z'));
    assert.ok(gap && gap[1] - gap[0] >= 2, `no gap where records are missing: ${JSON.stringify(chart.series[0].gaps)}`);
  }],
  ['each tile opens Explore with its question', async (screen) => {
    await screen.open('/');
    await screen.page.click('.tile:nth-child(4)');
    await screen.has('h1', 'Explore');
    assert.equal(screen.parameters().metric, 'rejects');
    assert.equal(screen.parameters().since, SINCE);
    await screen.page.goBack();
    const widths = await screen.page.locator('.bar-list').first().evaluate((list) => [list.querySelector('a').clientWidth, list.clientWidth]);
    assert.ok(widths[0] > 0.95 * widths[1], `a line of the list leaves room: ${widths}`);
    await screen.page.locator('.bar-list a').first().click();
    await screen.has('h1', 'Explore');
    assert.match(screen.parameters().filter, /^srcaddr = ".+" and dstaddr = ".+"$/);
    await screen.settled();
    await screen.chart('Bytes by dstport');
  }],
  ['dragging over a chart zooms the page', async (screen) => {
    await screen.open('/');
    const { box } = await screen.chart('Bytes over time');
    await screen.page.mouse.move(box.x + box.width * 0.25, box.y + 50);
    await screen.page.mouse.down();
    await screen.page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 });
    await screen.page.mouse.up();
    await screen.page.waitForURL((url) => url.searchParams.get('since') !== SINCE);
    const since = Date.parse(screen.parameters().since);
    const until = Date.parse(screen.parameters().until);
    assert.ok(Math.abs(since - Date.parse('2026-01-05T01:00:00Z')) < 120_000, `zoomed from ${screen.parameters().since}`);
    assert.ok(Math.abs(until - Date.parse('2026-01-05T02:00:00Z')) < 120_000, `zoomed until ${screen.parameters().until}`);
  }],
  ['an empty time says why, and leads to what is stored', async (screen) => {
    await screen.open('/', { since: '2031-01-01T00:00:00Z', until: '2031-01-01T01:00:00Z' });
    await screen.has('.empty', 'No flow records');
    assert.ok((await screen.text('.empty li')).length > 30, 'the reason is a sentence');
    await screen.page.click('.empty .button.primary');
    await screen.chart('Bytes over time');
  }],
  ['a store without records says how they come, and nothing else of them', async (screen, { weir }) => {
    const server = await startServer(weir, { hasRecords: false });
    try {
      screen.base = server.base;
      for (const path of ['/', '/explore', '/flows', '/query', '/map']) {
        await screen.open(path, path === '/query' ? { q: 'stats count(*) as n by srcaddr' } : {});
        await screen.has('.empty', 'no flow record has been taken in yet');
        await screen.has('.empty', 'weir ingest PATH');
        await screen.has('.ribbon', 'No records in this time');
        assert.equal(await screen.page.locator('.chart-plot, .answer-note .warnings, .map-note').count(), 0, path);
      }
    } finally {
      await screen.page.goto('about:blank'); // with what it still asks
      await server.stop();
    }
  }],
  ['the ribbon shows the gap', async (screen) => {
    await screen.open('/');
    await screen.has('.ribbon', 'records');
    const kinds = await screen.page.locator('.ribbon').getAttribute('data-kinds');
    assert.ok(kinds.includes('gap') || kinds.includes('quiet'), `the ribbon is ${kinds}`);
    assert.ok(kinds.includes('skipdata'));
  }],
];
