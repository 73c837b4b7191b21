// What leaves the Metrics and the Dashboards screen: files, pictures, and commands that give the same numbers in a shell.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inkOf, readPng } from '../png.mjs';
import { assert, BEGIN_MS, drawn, GAP, HOSTILE, RANGE, rtt, SLOT_MS, SLOTS, until, weir, World } from './world.mjs';

const world = new World();
const LATENCY = 'VPC/NetworkLatency/8_8_8_8';
const MARGIN = 12; // of a picture, in pixels of the page
const PRESENT = Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => slot < GAP[0] || slot >= GAP[1]);
const ODD = { namespace: 'Odd/"n" $(touch n)', name: "it's; `m` {a=b},c:\\", dimension: ['"x=y"', '\'"\\ $(id)},='] };
const eight = JSON.parse(await readFile(new URL('../eight_widgets.json', import.meta.url), 'utf8'));

before(async () => {
  await world.start();
  await world.aws('PutMetricData', {
    Namespace: ODD.namespace,
    MetricData: [7, 9].map((Value, slot) => ({ MetricName: ODD.name, Value, Timestamp: (BEGIN_MS + slot * SLOT_MS) / 1000, Dimensions: [{ Name: ODD.dimension[0], Value: ODD.dimension[1] }] })),
  });
  await world.putDashboard('Network', eight);
});
after(() => world.stop());

/** A copied text, run by a shell beside the server: what it wrote. */
function run(text) {
  const done = spawnSync('bash', ['-c', text], {
    encoding: 'utf8',
    cwd: world.directory,
    env: { ...process.env, PATH: `${dirname(resolve(weir))}:${process.env.PATH}`, WEIR_DATA: join(world.directory, 'store') },
  });
  assert.equal(done.status, 0, `${text}\n${done.stderr}`);
  return done.stdout;
}

async function copied(page, what, item) {
  await page.getByRole('button', { name: `Export ${what}`, exact: true }).click();
  await page.getByRole('button', { name: item, exact: true }).click();
  await page.getByText(/ copied$/).first().waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

async function saved(page, what, item) {
  await page.getByRole('button', { name: `Export ${what}`, exact: true }).click();
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 30_000 }), page.getByRole('button', { name: item, exact: true }).click()]);
  return readFileSync(await file.path());
}

function kept(name, bytes) {
  if (!process.env.WEIR_UI_SHOTS) return;
  mkdirSync(process.env.WEIR_UI_SHOTS, { recursive: true });
  writeFileSync(join(process.env.WEIR_UI_SHOTS, `${name}.png`), bytes);
}

const rowsOf = (csv) => csv.trim().split('\r\n').map((line) => line.split(','));

/** How much of a picture around a place is of a colour. */
function isNear({ width, step, data }, x, y, color) {
  const wanted = [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));
  for (let row = y - 5; row <= y + 5; ++row) {
    for (let column = x - 5; column <= x + 5; ++column) {
      const at = (row * width + column) * step;
      if (wanted.every((part, i) => Math.abs(part - data[at + i]) < 40)) return true;
    }
  }
  return false;
}

describe('metrics', () => {
  const graph = (properties) => `/metrics?v=1&${RANGE}&graph=${encodeURIComponent(JSON.stringify({ region: 'us-west-2', ...properties }))}`;

  it('of one series are a command that gets it', async () => {
    const page = await world.page(graph({ metrics: [[LATENCY, 'rtt_max']], stat: 'Maximum' }));
    const what = await drawn(page);
    const command = await copied(page, 'metrics', 'Copy as weir command');
    assert.match(command, /^weir metric get .*-- VPC\/NetworkLatency\/8_8_8_8 rtt_max$/);
    const rows = JSON.parse(run(command.replace(' -- ', ' -o json -- ')));
    assert.deepEqual(rows.map((row) => row.Maximum), PRESENT.map((slot) => 2 * rtt(slot)));
    assert.deepEqual([rows[0].Maximum, rows.at(-1).Maximum], [what.series[0].marks[0].value, what.series[0].marks[2].value]);
    await page.done();
  });

  it('of several series and expressions are a query, with hostile names too', async () => {
    const page = await world.page(
      graph({ metrics: [[LATENCY, 'rtt_avg', { id: 'a' }], ['.', 'jitter', { id: 'j', visible: false }], [{ expression: 'a / j * 2', label: "twice 'it'", id: 'e' }], [ODD.namespace, ODD.name, ...ODD.dimension, { label: HOSTILE }]] }),
    );
    await until('three series', async () => (await drawn(page)).series.length === 3);
    const what = await drawn(page);
    const command = await copied(page, 'metrics', 'Copy as weir command');
    const rows = JSON.parse(run(command.replace(' --since ', ' -o json --since ')));
    const column = (label) => rows.map((row) => row[label]).filter((value) => value !== null);
    for (const { label, marks, points } of what.series) {
      assert.equal(column(label).length, points, label);
      assert.deepEqual([column(label)[0], column(label).at(-1)], [marks[0].value, marks.at(-1).value], label);
    }
    assert.deepEqual(column("twice 'it'"), PRESENT.map((slot) => 2 * rtt(slot)));
    assert.deepEqual(column(HOSTILE), [7, 9]);
    // The same by curl, and in the files.
    const answer = JSON.parse(run(await copied(page, 'metrics', 'Copy as curl')));
    assert.deepEqual(answer.results.map((result) => result.values.length), [PRESENT.length, PRESENT.length, 2]);
    const table = JSON.parse(await saved(page, 'metrics', 'JSON'));
    assert.deepEqual(table.map((row) => row.rtt_avg).filter((value) => value !== null), column('rtt_avg'));
    assert.equal(rowsOf(String(await saved(page, 'metrics', 'CSV')))[1][1], String(rtt(0)));
    await page.done();
  });

  it('are two commands where they are of two regions', async () => {
    const page = await world.page(graph({ metrics: [[LATENCY, 'rtt_avg'], [LATENCY, 'rtt_max', { region: 'eu-west-1' }]] }));
    await drawn(page);
    const command = await copied(page, 'metrics', 'Copy as weir command');
    assert.equal(command.split(' && ').length, 2);
    assert.match(command, /--region us-west-2.* && .*--region eu-west-1/);
    assert.equal((await copied(page, 'metrics', 'Copy as curl')).split(' && curl ').length, 2);
    await page.done();
  });

  it('are a picture with their legend, whatever the view', async () => {
    for (const view of ['timeSeries', 'pie', 'table']) {
      const page = await world.page(graph({ view, metrics: [[LATENCY, 'rtt_avg'], ['.', 'rtt_max']] }));
      await drawn(page);
      const bytes = await saved(page, 'metrics', 'PNG');
      kept(`metrics-${view}`, bytes);
      const picture = readPng(bytes);
      const box = await page.locator('.metrics-graph').boundingBox();
      assert.deepEqual([picture.width, picture.height], [Math.round(2 * (box.width + 2 * MARGIN)), Math.round(2 * (box.height + 2 * MARGIN))]);
      assert.ok(inkOf(picture).colors >= 3, view);
      await page.done();
    }
  });
});

describe('a dashboard', () => {
  it('is a command that shows the same', async () => {
    const page = await world.page(`/dashboards/Network?v=1&${RANGE}`);
    await page.locator('.widget [data-drawn]').nth(7).waitFor();
    const command = await copied(page, 'dashboard Network', 'Copy as weir command');
    assert.match(command, /^weir dashboard show Network --since /);
    const { widgets } = JSON.parse(run(`${command} -o json`));
    const titled = Object.fromEntries(widgets.map((one) => [one.title, one]));
    for (const title of ['Round trips to 8.8.8.8', 'Bytes a second', 'Errors and drops', 'Loss']) {
      const what = await drawn(page.getByRole('article', { name: title }));
      assert.deepEqual(titled[title].series.map((one) => one.label), what.series.map((one) => one.label), title);
      for (const [i, { marks, points }] of what.series.entries()) {
        const { values } = titled[title].series[i];
        assert.equal(values.length, points, title);
        assert.deepEqual([values[0], values.at(-1)], [marks[0].value, marks.at(-1).value], title);
      }
    }
    const rejected = await drawn(page.getByRole('article', { name: 'Who is rejected' }));
    assert.equal(titled['Who is rejected'].rows.length, rejected.rows ?? rejected.slices.length);
    assert.match(run(command), /1\. Round trips to 8\.8\.8\.8\n\n/);
    // The same by curl, and in the files, cell by cell.
    assert.deepEqual(JSON.parse(run(await copied(page, 'dashboard Network', 'Copy as curl'))).widgets, widgets);
    const cells = rowsOf(String(await saved(page, 'dashboard Network', 'CSV')));
    const inOrder = (rows) => rows.map((row) => row.join(',').replace('.000Z', 'Z')).sort();
    assert.deepEqual(inOrder(cells), inOrder(rowsOf(run(`${command} -o csv`))));
    assert.ok(cells.some(([number, , , column, value]) => number === '1' && column === 'rtt_avg' && value === String(rtt(0))));
    assert.equal(JSON.parse(await saved(page, 'dashboard Network', 'JSON')).length, cells.length - 1);
    await page.done();
  });

  it('takes the values of its variables along', async () => {
    await world.putDashboard('Chosen', {
      variables: [{ type: 'pattern', pattern: 'WHICH', id: 'which', inputType: 'input', defaultValue: 'rtt_avg' }],
      widgets: [{ type: 'metric', width: 12, height: 6, properties: { title: 'WHICH', metrics: [[LATENCY, 'WHICH']], region: 'us-west-2' } }],
    });
    const page = await world.page(`/dashboards/Chosen?v=1&${RANGE}&var.which=rtt_max&var.gone=x`);
    const what = await drawn(page);
    const command = await copied(page, 'dashboard Chosen', 'Copy as weir command');
    const { widgets } = JSON.parse(run(`${command} -o json`));
    assert.deepEqual([widgets[0].title, widgets[0].series[0].values[0]], ['rtt_max', what.series[0].marks[0].value]);
    await page.done();
  });

  for (const theme of ['light', 'dark']) {
    it(`is a picture of all its widgets in their places, ${theme}`, async () => {
      const far = { type: 'metric', x: 0, y: 60, width: 24, height: 6, properties: { title: 'Far below', metrics: [[LATENCY, 'rtt_avg']], region: 'us-west-2' } };
      const text = { type: 'text', x: 0, y: 66, width: 24, height: 5, properties: { markdown: '# Notes\n\nSee the *runbook* and **call** `weir doctor`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |' } };
      await world.putDashboard('Long', { widgets: [...eight.widgets, far, text] });
      const page = await world.page(`/dashboards/Long?v=1&${RANGE}`, { theme });
      await page.locator('.widget [data-drawn]').nth(7).waitFor();
      const bytes = await saved(page, 'dashboard Long', 'PNG');
      kept(`dashboard-${theme}`, bytes);
      const picture = readPng(bytes);
      const grid = await page.locator('.dashboard-grid').boundingBox();
      assert.deepEqual([picture.width, picture.height], [Math.round(2 * (grid.width + 2 * MARGIN)), Math.round(2 * (grid.height + 2 * MARGIN))]);
      // Each chart's line is where it is on the page, also of a widget that was never in view.
      for (const title of ['Round trips to 8.8.8.8', 'Loss', 'Far below']) {
        const chart = page.getByRole('article', { name: title });
        const what = await drawn(chart);
        const plot = await chart.locator('.metric-chart-plot').boundingBox();
        const { color, marks } = what.series[0];
        const x = Math.round(2 * (MARGIN + plot.x - grid.x + what.plot.left + marks[1].x * what.plot.width));
        const y = Math.round(2 * (MARGIN + plot.y - grid.y + what.plot.top + (1 - marks[1].y) * what.plot.height));
        assert.ok(isNear(picture, x, y, color), `${title}: no ink at ${x}, ${y}`);
      }
      assert.ok(inkOf(picture).colors >= 5);
      await page.done();
    });
  }
});
