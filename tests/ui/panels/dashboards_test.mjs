import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { accessibilityProblems, artefacts, assert, BEGIN_MS, drawn, END_MS, GAP, hasInkAt, HOSTILE, near, RANGE, rtt, SLOT_MS, SLOTS, until, World } from './world.mjs';

const world = new World();
const eight = await readFile(new URL('../eight_widgets.json', import.meta.url), 'utf8');
const widget = (page, name) => page.getByRole('article', { name });

before(() => world.start());
after(() => world.stop());

describe('a dashboard of eight widgets', () => {
  before(() => world.putDashboard('Network', eight));

  it('draws each of them', async () => {
    const page = await world.page(`/dashboards/Network?v=1&${RANGE}`);
    await page.locator('.widget [data-drawn]').nth(7).waitFor();
    const all = await Promise.all(
      (await page.locator('.widget').all()).map(async (one) => [await one.getAttribute('aria-label'), await drawn(one)]),
    );
    const series = Object.fromEntries(all.map(([name, what]) => [name, what.series?.length ?? what.slices?.length ?? what.rows]));
    assert.deepEqual(series, {
      'Round trips to 8.8.8.8': 4,
      'Bytes a second': 2,
      Connections: 3,
      'Errors and drops': 4,
      Loss: 1,
      'Who is rejected': 3,
      'Bytes over time': 1,
      Ports: 3,
    });
    await page.done();
  });

  it('draws points at the height of their values, and a gap as a gap', async () => {
    const page = await world.page(`/dashboards/Network?v=1&${RANGE}`);
    const box = widget(page, 'Round trips');
    const what = await drawn(box);
    assert.deepEqual(what.series.map((one) => one.label), ['rtt_avg', 'rtt_max', 'rtt_min', 'jitter']);
    assert.equal(what.left[0], 0);
    assert.ok(what.left[1] >= 2 * rtt(SLOTS - 1));
    const [average] = what.series;
    assert.equal(average.points, SLOTS - (GAP[1] - GAP[0]));
    assert.equal(average.gaps, 1);
    const present = Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => slot < GAP[0] || slot >= GAP[1]);
    const slots = [present[0], present[Math.floor(present.length / 2)], present.at(-1)];
    assert.equal(average.marks.length, 3);
    for (const [i, slot] of slots.entries()) {
      assert.equal(average.marks[i].value, rtt(slot));
      near(average.marks[i].y, (rtt(slot) - what.left[0]) / (what.left[1] - what.left[0]));
      near(average.marks[i].x, slot / SLOTS);
      assert.ok(await hasInkAt(box, what.plot, average.marks[i], average.color), `no ink at slot ${slot}`);
    }
    // In the middle of the gap there is no line, at whatever height one might be.
    const middle = (GAP[0] + GAP[1]) / 2;
    const from = (rtt(middle) - what.left[0]) / (what.left[1] - what.left[0]);
    assert.equal(await hasInkAt(box, what.plot, { x: middle / SLOTS, y: from }, average.color), false);
    assert.deepEqual((await drawn(widget(page, 'Loss'))).left, [0, 100]);
    assert.deepEqual(await box.locator('.metric-legend .legend-label').allTextContents(), ['rtt_avg', 'rtt_max', 'rtt_min', 'jitter']);
    await page.done();
  });

  it('answers its log widgets over the time of the page', async () => {
    const page = await world.page(`/dashboards/Network?v=1&${RANGE}`);
    const table = widget(page, 'Who is rejected');
    await table.getByRole('row').nth(3).waitFor();
    assert.match((await table.getByRole('row').nth(1).textContent()) ?? '', /203\.0\.113\.1.*6/);
    const bars = await drawn(widget(page, 'Bytes over time'));
    assert.equal(bars.kind, 'bars');
    assert.equal(bars.series[0].marks[0].value, 1000);
    assert.equal(bars.series[0].marks.at(-1).value, 1000 * SLOTS);
    assert.equal(bars.left[0], 0);
    const pie = await drawn(widget(page, 'Ports'));
    assert.deepEqual(pie.slices, [
      { label: '443', value: 21 },
      { label: '80', value: 11 },
      { label: '22', value: 10 },
    ]);
    await page.done();
  });

  it('draws an anomaly band as what lies between its edges', async () => {
    const properties = { metrics: [['VPC/NetworkLatency/8_8_8_8', 'rtt_avg', { id: 'm1' }], [{ expression: 'ANOMALY_DETECTION_BAND(m1, 2)', id: 'ad1' }]], view: 'timeSeries', region: 'us-west-2', title: 'Band', period: 300 };
    await world.putDashboard('Band', { widgets: [{ type: 'metric', x: 0, y: 0, width: 12, height: 6, properties }] });
    const page = await world.page(`/dashboards/Band?v=1&${RANGE}`);
    const what = await drawn(widget(page, 'Band'));
    assert.deepEqual(what.series.map((one) => one.label), ['rtt_avg', 'rtt_avg (expected)']);
    // The middle of what was learnt of a series that rises by one a slot, in the range of the axis that holds its edges.
    assert.ok(what.series[1].marks.every(({ value }) => value > 0 && value < rtt(SLOTS)), JSON.stringify(what.series[1]));
    assert.ok(what.left[1] >= rtt(SLOTS - 1));
    await page.done();
  });

  it('hides a series by its legend, shows values under the pointer, zooms by dragging', async () => {
    const page = await world.page(`/dashboards/Network?v=1&${RANGE}`);
    const box = widget(page, 'Round trips');
    await drawn(box);
    await box.getByRole('button', { name: 'rtt_max' }).click();
    await until('three series', async () => (await drawn(box)).series.length === 3);
    const over = await box.locator('.u-over').boundingBox();
    await page.mouse.move(over.x + over.width * 0.25, over.y + over.height / 2);
    await box.locator('.metric-tooltip').waitFor();
    assert.match((await box.locator('.metric-tooltip').textContent()) ?? '', new RegExp(`rtt_avg${rtt(SLOTS / 4)}`));
    await page.mouse.down();
    await page.mouse.move(over.x + over.width * 0.5, over.y + over.height / 2, { steps: 4 });
    await page.mouse.up();
    await until('the zoom', () => new URL(page.url()).searchParams.get('since') !== new Date(BEGIN_MS).toISOString());
    const since = Date.parse(new URL(page.url()).searchParams.get('since'));
    near(since, BEGIN_MS + 0.25 * (END_MS - BEGIN_MS), SLOT_MS / 2);
    await page.done();
  });

  it('exports what is stored, byte for byte', async () => {
    const page = await world.page(`/dashboards/Network?v=1&${RANGE}`);
    await drawn(widget(page, 'Loss'));
    await page.getByRole('button', { name: 'More of this dashboard' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export as stored' }).click()]);
    assert.equal(await readFile(await file.path(), 'utf8'), eight);
    await page.done();
  });
});

describe("the documents' own dashboard", () => {
  it('is shown and given back as it is', { skip: artefacts.missing ?? false }, async () => {
    const text = await artefacts.read('dashboard-config.json');
    await world.putDashboard('VPC-Network-Monitoring', text);
    const page = await world.page(`/dashboards/VPC-Network-Monitoring?v=1&${RANGE}`);
    await page.locator('.widget').nth(7).waitFor();
    const all = await Promise.all(
      (await page.locator('.widget').all()).map(async (one) => {
        const what = await drawn(one);
        return [what.kind, what.series?.length ?? what.slices?.length ?? what.rows, what.left ?? null];
      }),
    );
    assert.deepEqual(all.map(([kind, count]) => [kind, count]), [['line', 4], ['line', 2], ['line', 3], ['line', 4], ['line', 1], ['table', 3], ['bars', 1], ['pie', 2]]);
    assert.deepEqual(all.slice(0, 2).map(([, , left]) => left[0]), [0, 0]);
    assert.deepEqual(all[4][2], [0, 100]);
    assert.equal((await world.call('GET', '/dashboards/VPC-Network-Monitoring')).body.bodyText, text);
    await page.done();
  });
});

describe('other widgets', () => {
  it('are drawn, or say why not', async () => {
    const region = 'us-west-2';
    const latency = 'VPC/NetworkLatency/8_8_8_8';
    const rows = [[latency, 'rtt_avg'], ['.', 'rtt_max']];
    await world.aws('PutMetricAlarm', {
      AlarmName: 'Slow', Namespace: latency, MetricName: 'rtt_avg', Statistic: 'Average', Period: 300, EvaluationPeriods: 1, Threshold: 30,
      ComparisonOperator: 'GreaterThanThreshold',
    });
    const arn = (name) => `arn:aws:cloudwatch:${region}:123456789012:alarm:${name}`;
    const metric = (title, properties) => ({ type: 'metric', width: 6, height: 5, properties: { title, region, metrics: rows, ...properties } });
    await world.putDashboard('Others', {
      start: new Date(BEGIN_MS).toISOString(),
      end: new Date(END_MS).toISOString(),
      widgets: [
        metric('Stack', { stacked: true }),
        metric('Axes', {
          metrics: [[latency, 'rtt_avg'], ['VPC/NetworkBandwidth', 'bytes_recv_per_second', { yAxis: 'right', color: '#aa00aa', label: 'received ${MAX}' }]],
          yAxis: { left: { min: 5, max: 50 }, right: { min: 0 } },
          annotations: { horizontal: [{ value: 40, label: 'limit', fill: 'above' }], vertical: [{ value: new Date(BEGIN_MS + 10 * SLOT_MS).toISOString(), label: 'deploy' }] },
          legend: { position: 'right' },
        }),
        metric('Number', { view: 'singleValue', sparkline: true }),
        metric('Needle', { view: 'gauge', metrics: [[latency, 'rtt_avg']], yAxis: { left: { min: 0, max: 100 } } }),
        metric('Lying bars', { view: 'bar' }),
        metric('Shares', { view: 'pie' }),
        metric('Rows', { view: 'table' }),
        metric('Sum', { metrics: [[latency, 'rtt_avg', { id: 'm1', visible: false }], [{ expression: 'm1 * 2', id: 'e1', label: 'twice' }]] }),
        metric('Nothing', { metrics: [['VPC/Dimensioned', 'only_with']] }),
        { type: 'metric', width: 6, height: 5, properties: { title: 'Of an alarm', region, annotations: { alarms: [arn('Slow')] } } },
        { type: 'text', width: 6, height: 5, properties: { markdown: `# ${HOSTILE}\n\n[bad](javascript:window.hacked=1) [button:primary:Good](https://example.com/)` } },
        { type: 'alarm', width: 6, height: 5, properties: { title: 'States', alarms: [arn('Slow'), arn('Gone')] } },
        { type: 'log', width: 6, height: 5, properties: { title: 'Lines', region, query: "SOURCE '/no/such' | limit 1" } },
        { type: 'custom', width: 6, height: 5, properties: { title: 'Function', endpoint: 'arn:aws:lambda:us-west-2:123456789012:function:f' } },
      ],
    });
    const page = await world.page('/dashboards/Others?v=1');
    page.letPass.push(/404/);
    await page.getByText("The dashboard's own time range").waitFor();
    const stack = await drawn(widget(page, 'Stack'));
    assert.equal(stack.kind, 'area');
    near(stack.series[1].marks[0].y, (3 * rtt(0)) / stack.left[1]);
    const axes = await drawn(widget(page, 'Axes'));
    assert.deepEqual(axes.left, [5, 50]);
    assert.equal(axes.right[0], 0);
    assert.equal(axes.series[1].color, '#aa00aa');
    assert.equal(axes.series[1].label, 'received 420035');
    assert.equal((await drawn(widget(page, 'Number'))).value, rtt(SLOTS - 1));
    near((await drawn(widget(page, 'Needle'))).share, rtt(SLOTS - 1) / 100);
    assert.deepEqual((await drawn(widget(page, 'Lying bars'))).slices.map((one) => one.value), [rtt(SLOTS - 1), 2 * rtt(SLOTS - 1)]);
    assert.equal((await drawn(widget(page, 'Shares'))).slices.length, 2);
    const names = await widget(page, 'Shares').locator('.legend-label').evaluateAll((all) => all.map((one) => [one.textContent, one.scrollWidth <= one.clientWidth]));
    assert.deepEqual(names, [['rtt_avg', true], ['rtt_max', true]], 'names that are cut short');
    assert.equal((await drawn(widget(page, 'Rows'))).rows, 2);
    const sum = await drawn(widget(page, 'Sum'));
    assert.deepEqual(sum.series.map((one) => [one.label, one.marks[0].value]), [['twice', 2 * rtt(0)]]);
    assert.match((await widget(page, 'Nothing').getByRole('note').textContent()) ?? '', /InstanceId=i-1/);
    assert.equal((await drawn(widget(page, 'Of an alarm'))).series.length, 1);
    const text = widget(page, 'text widget');
    assert.equal(await text.locator('h1').textContent(), HOSTILE);
    assert.deepEqual(await text.locator('a').evaluateAll((all) => all.map((one) => one.getAttribute('href'))), ['https://example.com/']);
    await widget(page, 'States').getByRole('link', { name: 'Slow' }).waitFor();
    assert.match((await widget(page, 'States').textContent()) ?? '', /Gone.*no alarm of this name/);
    assert.match((await widget(page, 'Lines').getByRole('alert').textContent()) ?? '', /'\/no\/such' does not exist.*describe-log-groups/);
    assert.match((await widget(page, 'Function').getByRole('note').textContent()) ?? '', /calls no functions/);
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.done();
  });

  it('take their variables from the page', async () => {
    await world.putDashboard('Variables', {
      variables: [
        { type: 'property', property: 'InstanceId', inputType: 'select', id: 'instance', label: 'Instance', defaultValue: '__FIRST', search: '{VPC/Dimensioned,InstanceId} MetricName="only_with"', populateFrom: 'InstanceId' },
        { type: 'pattern', pattern: 'STAGE', inputType: 'radio', id: 'stage', label: 'Stage', defaultValue: 'dev', values: [{ value: 'dev', label: 'dev' }, { value: 'prod', label: 'prod' }] },
      ],
      widgets: [{ type: 'metric', width: 12, height: 6, properties: { title: 'STAGE', region: 'us-west-2', metrics: [['VPC/Dimensioned', 'only_with', 'InstanceId', 'i-0']] } }],
    });
    const page = await world.page(`/dashboards/Variables?v=1&${RANGE}`);
    await widget(page, 'dev').waitFor();
    await page.getByLabel('prod').check();
    await widget(page, 'prod').waitFor();
    assert.equal((await drawn(widget(page, 'prod'))).series.length, 1);
    assert.equal(new URL(page.url()).searchParams.get('var.instance'), 'i-1');
    await page.done();
  });
});

describe('editing', () => {
  const two = { extra: 'kept', widgets: [0, 1].map((i) => ({ type: 'text', x: 12 * i, y: 0, width: 12, height: 4, properties: { markdown: `# Text ${i}` } })) };
  const places = (page) => page.locator('.widget').evaluateAll((all) => all.map((one) => one.dataset.place).sort());
  const stored = async (name) => (await world.call('GET', `/dashboards/${name}`)).body.body;

  it('moves and sizes by keys and by dragging, undoes, stores', async () => {
    await world.putDashboard('Moving', two);
    const page = await world.page(`/dashboards/Moving?v=1`);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const grip = page.locator('.widget').first().getByRole('button', { name: /^Place of/ });
    await grip.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+ArrowLeft');
    assert.deepEqual(await places(page), ['0,1,11,4', '12,0,12,4']);
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.deepEqual(await places(page), ['0,1,12,4', '12,0,12,4']);
    const head = await page.locator('.widget[data-place="12,0,12,4"] .widget-grips').boundingBox();
    await page.mouse.move(head.x + 40, head.y + 4);
    await page.mouse.down();
    await page.mouse.move(head.x + 40 - 700, head.y + 4 + 52, { steps: 5 });
    await page.mouse.up();
    // It is dropped on the other one, which goes down.
    assert.deepEqual(await places(page), ['0,1,12,4', '0,5,12,4']);
    const corner = await page.locator('.widget[data-place="0,5,12,4"] .widget-corner').boundingBox();
    await page.mouse.move(corner.x + 8, corner.y + 8);
    await page.mouse.down();
    await page.mouse.move(corner.x + 8, corner.y + 8 + 104, { steps: 4 });
    await page.mouse.up();
    assert.deepEqual(await places(page), ['0,1,12,4', '0,5,12,6']);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Moving is stored').waitFor();
    const body = await stored('Moving');
    assert.equal(body.extra, 'kept');
    assert.deepEqual(body.widgets.map((one) => [one.x, one.y, one.width, one.height]), [[0, 5, 12, 6], [0, 1, 12, 4]]);
    await page.done();
  });

  it('edits a widget by form and as JSON, with what the server says beside', async () => {
    await world.putDashboard('Widgets', JSON.stringify({ widgets: [JSON.parse(eight).widgets[0]] }));
    const page = await world.page(`/dashboards/Widgets?v=1&edit=1&${RANGE}`);
    await page.getByRole('button', { name: 'Edit Round trips to 8.8.8.8' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Title').fill(HOSTILE);
    await dialog.getByRole('button', { name: 'Remove VPC/NetworkLatency/8_8_8_8 jitter' }).click();
    await dialog.getByLabel('Axis of VPC/NetworkLatency/8_8_8_8 rtt_max').selectOption('right');
    await dialog.getByPlaceholder('m1 / m2 * 100').fill('m1 + 1');
    await dialog.getByPlaceholder('m1 / m2 * 100').press('Enter');
    await until('the preview', async () => (await drawn(dialog)).series.map((one) => one.label).join() === 'rtt_avg,rtt_max,rtt_min,m1 + 1');
    await dialog.getByText('The server finds nothing wrong').waitFor();
    await dialog.getByRole('button', { name: 'JSON', exact: true }).click();
    const text = await dialog.getByLabel('Widget', { exact: true }).inputValue();
    page.letPass.push(/400/);
    await dialog.getByLabel('Widget', { exact: true }).fill(text.replace('"period": 300', '"period": 90'));
    await dialog.getByText('/properties/period').waitFor();
    await dialog.getByLabel('Widget', { exact: true }).fill(text.replace('"metric"', ''));
    await dialog.getByText(/Line 2, column/).waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Take over' }).isDisabled(), true);
    await dialog.getByLabel('Widget', { exact: true }).fill(text);
    await dialog.getByRole('button', { name: 'Take over' }).click();
    await widget(page, HOSTILE).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Widgets is stored').waitFor();
    const [one] = (await stored('Widgets')).widgets;
    assert.equal(one.properties.title, HOSTILE);
    assert.deepEqual(one.properties.metrics[1].at(-1), { stat: 'Maximum', yAxis: 'right', id: 'm2' });
    assert.deepEqual(one.properties.metrics.at(-1), [{ expression: 'm1 + 1', id: 'e1', label: 'm1 + 1' }]);
    await page.done();
  });

  it('keeps what is not saved over a visit to another screen and a reload', async () => {
    await world.putDashboard('Kept', two);
    const page = await world.page('/dashboards/Kept?v=1&edit=1');
    await page.locator('.widget').first().getByRole('button', { name: /^Place of/ }).press('ArrowDown');
    await page.getByText('not saved').waitFor();
    await page.getByRole('button', { name: 'Export dashboard Kept' }).click();
    await page.getByText('are of what is stored: save this dashboard first').waitFor();
    assert.deepEqual((await page.locator('.popover .menu button').allTextContents()).map((text) => text.trim()), ['PNG', 'Copy link']);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Metrics', exact: true }).click();
    await page.getByText('Nothing is drawn yet').waitFor();
    await page.goto(`${world.url}/dashboards/Kept?v=1`);
    await page.getByText('not saved').waitFor();
    assert.deepEqual(await places(page), ['0,1,12,4', '12,0,12,4']);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByText('not saved').waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('.widget').first().waitFor();
    assert.deepEqual(await places(page), ['0,0,12,4', '12,0,12,4']);
    await page.done();
  });

  it('adds, duplicates, removes', async () => {
    await world.putDashboard('More', two);
    const page = await world.page('/dashboards/More?v=1&edit=1');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Markdown').fill('# Third');
    await page.getByRole('button', { name: 'Take over' }).click();
    await page.getByRole('heading', { name: 'Third' }).waitFor();
    for (const what of ['Duplicate', 'Remove']) {
      await page.locator('.widget').first().getByRole('button', { name: /^Actions of/ }).click();
      await page.getByRole('button', { name: what, exact: true }).click();
    }
    assert.deepEqual(await page.locator('.markdown h1').allTextContents(), ['Text 1', 'Third', 'Text 0']);
    await page.done();
  });

  it('tells of a change by somebody else instead of overwriting it', async () => {
    await world.putDashboard('Shared', two);
    const page = await world.page('/dashboards/Shared?v=1&edit=1');
    await page.locator('.widget').first().getByRole('button', { name: /^Place of/ }).press('ArrowDown');
    const theirs = { widgets: [] };
    await world.putDashboard('Shared', theirs);
    page.letPass.push(/412/);
    const save = page.getByRole('button', { name: 'Save' });
    await save.click();
    const dialog = page.getByRole('dialog', { name: 'Somebody else changed this dashboard' });
    await dialog.getByText(/^It was stored anew at/).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    assert.deepEqual(await stored('Shared'), theirs);
    await dialog.getByRole('button', { name: 'Overwrite theirs' }).click();
    await page.getByText('Shared is stored').waitFor();
    assert.equal((await stored('Shared')).widgets.length, 2);

    // The other way out: theirs are loaded, and what was changed here is gone.
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.locator('.widget').first().getByRole('button', { name: /^Place of/ }).press('ArrowDown');
    await world.putDashboard('Shared', theirs);
    await save.click();
    await dialog.getByRole('button', { name: 'Load theirs' }).click();
    await page.getByText('No widgets yet').waitFor();
    assert.equal(await page.locator('.dashboard').getAttribute('data-dirty'), 'no');
    assert.deepEqual(await stored('Shared'), theirs);
    await page.done();
  });

  it('makes, imports and deletes dashboards', async () => {
    const page = await world.page('/dashboards?v=1');
    await page.getByRole('button', { name: 'New', exact: true }).click();
    await page.getByLabel('Name').fill('not good');
    await page.getByText('letters, digits, dashes').waitFor();
    await page.getByLabel('Name').fill('Fresh');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('No widgets yet').waitFor();
    await page.getByRole('button', { name: 'All dashboards' }).click();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const box = page.getByRole('dialog').getByLabel(/^Body/);
    await box.fill('{"widgets": [}');
    await page.getByText('Line 1, column 14').waitFor();
    await box.fill(JSON.stringify({ DashboardName: 'Brought', DashboardBody: eight }));
    await page.getByText('8 widgets').waitFor();
    await page.getByText('The server finds nothing wrong').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
    await page.locator('.widget').nth(7).waitFor();
    assert.equal((await world.aws('GetDashboard', { DashboardName: 'Brought' })).DashboardBody, eight);
    await page.getByRole('button', { name: 'All dashboards' }).click();
    await page.getByRole('button', { name: 'Delete Brought' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Brought is deleted').waitFor();
    const names = (await world.call('GET', '/dashboards')).body.dashboards.map((one) => one.name);
    assert.ok(names.includes('Fresh') && !names.includes('Brought'));
    await page.done();
  });
});

describe('every width and theme', () => {
  for (const width of [1440, 390]) {
    for (const path of ['/dashboards/Network', '/dashboards']) {
      it(`${path} at ${width} px`, async () => {
        const page = await world.page(`${path}?v=1&${RANGE}`, { width });
        await page.locator('.widget [data-drawn], table').first().waitFor();
        for (const theme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme: theme });
          await page.locator(`html[data-theme="${theme}"]`).waitFor();
          assert.deepEqual(await accessibilityProblems(page), []);
          assert.ok(await page.locator('#content').evaluate((content) => content.scrollWidth <= content.clientWidth + 1), 'the screen scrolls sideways');
        }
        await page.done();
      });
    }
  }
});
