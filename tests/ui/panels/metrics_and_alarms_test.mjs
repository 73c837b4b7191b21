import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { accessibilityProblems, assert, drawn, GAP, HOSTILE, near, RANGE, rtt, SLOTS, until, World } from './world.mjs';

const world = new World();
const LATENCY = 'VPC/NetworkLatency/8_8_8_8';

before(() => world.start());
after(() => world.stop());

const graphOf = (page) => JSON.parse(new URL(page.url()).searchParams.get('graph'));

describe('metrics', () => {
  it('are browsed, chosen and graphed, and the address keeps all of it', async () => {
    const page = await world.page(`/metrics?v=1&${RANGE}`);
    await page.getByRole('button', { name: new RegExp(LATENCY) }).click();
    await page.getByRole('button', { name: 'Metrics without dimensions' }).click();
    await page.reload();
    await page.getByRole('checkbox', { name: 'Draw rtt_avg' }).click();
    await page.getByRole('checkbox', { name: 'Draw rtt_max' }).click();
    await until('two series', async () => (await drawn(page)).series.length === 2);
    await page.getByRole('button', { name: 'Graphed (2)' }).click();
    await page.getByLabel(`Axis of ${LATENCY} rtt_max`).selectOption('right');
    await page.getByPlaceholder('m1 / m2 * 100').fill('m1 * 3');
    await page.getByPlaceholder('m1 / m2 * 100').press('Enter');
    await until('the expression', async () => (await drawn(page)).series.length === 3);
    const what = await drawn(page);
    assert.deepEqual(what.series.map((one) => one.marks[0].value), [rtt(0), 2 * rtt(0), 3 * rtt(0)]);
    assert.ok(what.right[1] >= 2 * rtt(SLOTS - 1));
    near(what.series[1].marks[2].y, (2 * rtt(SLOTS - 1) - what.right[0]) / (what.right[1] - what.right[0]));
    assert.equal(what.series[0].gaps, 1);
    await page.reload();
    await until('the same graph', async () => (await drawn(page)).series.length === 3);
    await page.getByRole('combobox', { name: 'Statistic', exact: true }).selectOption('SampleCount');
    await until('counts', async () => (await drawn(page)).series[0].marks[0].value === 1);
    await page.getByRole('button', { name: 'Values' }).click();
    const rows = await page.getByRole('region', { name: 'Values' }).getByRole('table').getAttribute('aria-rowcount');
    assert.equal(Number(rows), SLOTS - (GAP[1] - GAP[0]) + 1 + 1, 'a heading, the values, and one row where the gap begins');
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.done();
  });

  it('are found by words', async () => {
    const page = await world.page(`/metrics?v=1&${RANGE}`);
    await page.getByLabel('Search metrics').fill('drops bandwidth');
    await until('two metrics', async () => (await page.getByRole('checkbox', { name: /^Draw/ }).count()) === 2);
    await page.reload();
    await until('the same two', async () => (await page.getByRole('checkbox', { name: /^Draw/ }).count()) === 2);
    assert.equal(await page.getByLabel('Search metrics').inputValue(), 'drops bandwidth');
    await page.getByLabel('Search metrics').fill('nothing like it');
    await page.getByText('No metric has all of these words').waitFor();
    await page.done();
  });

  it('say why they are empty', async () => {
    const graph = encodeURIComponent(JSON.stringify({ metrics: [['VPC/Dimensioned', 'only_with']], region: 'us-west-2' }));
    const page = await world.page(`/metrics?v=1&${RANGE}&graph=${graph}`);
    await page.getByText('InstanceId=i-1').first().waitFor();
    await page.done();
  });

  it('become a widget and an alarm', async () => {
    const graph = encodeURIComponent(JSON.stringify({ metrics: [[LATENCY, 'rtt_avg']], region: 'us-west-2' }));
    const page = await world.page(`/metrics?v=1&${RANGE}&graph=${graph}`);
    await drawn(page);
    await page.getByRole('button', { name: 'Use', exact: true }).click();
    await page.getByRole('button', { name: 'Copy as widget source' }).click();
    await page.getByText('Widget copied').waitFor();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    assert.deepEqual(copied.properties.metrics, [[LATENCY, 'rtt_avg']]);
    await page.getByRole('button', { name: 'Use', exact: true }).click();
    await page.getByRole('button', { name: 'Add to a dashboard' }).click();
    await page.getByLabel('Dashboard, stored or new').fill('FromMetrics');
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('article', { name: 'Metrics' }).waitFor();
    assert.equal((await world.call('GET', '/dashboards/FromMetrics')).body.body.widgets.length, 1);
    await page.goBack();
    await drawn(page);
    await page.getByRole('button', { name: 'Use', exact: true }).click();
    await page.getByRole('button', { name: 'Make an alarm of rtt_avg' }).click();
    const dialog = page.getByRole('dialog', { name: 'New alarm on a metric' });
    assert.equal(await dialog.getByLabel('Metric', { exact: true }).inputValue(), 'rtt_avg');
    await page.done();
  });
});

describe('alarms', () => {
  it('are made with a preview, explained, replayed, muted, changed and deleted', async () => {
    const page = await world.page(`/alarms?v=1&${RANGE}`);
    await page.getByText('No alarms yet').waitFor();
    await page.getByRole('button', { name: 'New', exact: true }).click();
    await page.getByRole('button', { name: 'Alarm on a metric' }).click();
    const dialog = page.getByRole('dialog', { name: 'New alarm on a metric' });
    await dialog.getByLabel('Name', { exact: true }).fill('Slow');
    await dialog.getByLabel('Namespace').fill(LATENCY);
    await dialog.getByLabel('Metric', { exact: true }).fill('rtt_avg');
    await dialog.getByText('The threshold is not a number').waitFor();
    await dialog.getByRole('textbox', { name: 'Threshold' }).fill('25.5');
    await dialog.getByText('ALARM when Average of rtt_avg > 25.5 for 1 of 1 period of 300 s').waitFor();
    // Slots 16 to 19 breach, then the gap, then all the others.
    await dialog.locator('[data-breaches="2"]').waitFor();
    await dialog.getByText(`2 intervals breach the threshold, 1 h 20 min in all`).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Why it is in this state').waitFor();
    const made = (await world.call('GET', '/alarms/Slow')).body.alarm;
    assert.deepEqual([made.Threshold, made.Period, made.TreatMissingData], [25.5, 300, 'missing']);

    await page.getByText('Series it looks at').waitFor();
    await page.getByText('newest sample').first().waitFor();
    assert.equal(await page.getByText('in None').count(), 0, 'samples without a unit have none to name');
    await page.getByText('Next evaluation').waitFor();
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByText(/\d+ evaluations, \d+ transitions/).waitFor();

    await page.getByRole('button', { name: 'Mute', exact: true }).click();
    await page.getByRole('button', { name: 'for 1 hour' }).click();
    await page.getByText(/muted until/).waitFor();
    await page.getByRole('button', { name: 'Unmute' }).click();
    await page.getByText(/muted until/).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Disable actions' }).click();
    await page.getByRole('button', { name: 'Enable actions' }).waitFor();
    assert.equal((await world.call('GET', '/alarms/Slow')).body.alarm.ActionsEnabled, false);

    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const edit = page.getByRole('dialog', { name: 'Edit Slow' });
    await edit.getByRole('textbox', { name: 'Threshold' }).fill('1000');
    await edit.getByLabel('Description').fill(HOSTILE);
    await edit.getByRole('button', { name: 'Store' }).click();
    await page.getByText('Average of rtt_avg > 1000 for 1 of 1 period of 300 s').waitFor();
    await page.getByText('No period of this range breaches').waitFor();
    assert.equal((await world.call('GET', '/alarms/Slow')).body.alarm.AlarmDescription, HOSTILE);
    assert.deepEqual(await accessibilityProblems(page), []);

    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No alarms yet').waitFor();
    await page.done();
  });

  it('choose among the series that are stored', async () => {
    const page = await world.page(`/alarms?v=1&new=metric&${RANGE}`);
    const dialog = page.getByRole('dialog', { name: 'New alarm on a metric' });
    await dialog.getByLabel('Namespace').fill('VPC/Dimensioned');
    await dialog.getByLabel('Metric', { exact: true }).fill('only_with');
    await dialog.getByText('1 series of that name has other dimensions').waitFor();
    await dialog.getByRole('combobox', { name: 'Series that are stored' }).selectOption('InstanceId=i-1');
    assert.equal(await dialog.getByLabel('Value of dimension 1').inputValue(), 'i-1');
    assert.equal((await drawn(dialog)).series[0].points, 1);
    await page.done();
  });

  it('name the series that nearly match', async () => {
    await world.aws('PutMetricAlarm', {
      AlarmName: 'Blind', Namespace: 'VPC/Dimensioned', MetricName: 'only_with', Statistic: 'Average', Period: 300, EvaluationPeriods: 1, Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    });
    const page = await world.page(`/alarms/Blind?v=1&${RANGE}`);
    await page.getByText('Series that nearly match').waitFor();
    await page.getByText('it has InstanceId=i-1 besides', { exact: true }).waitFor();
    await page.getByText('None matches what the alarm asks for').waitFor();
    await page.done();
  });

  it('watch metric math, drawn while it is written', async () => {
    const page = await world.page(`/alarms?v=1&new=metric&${RANGE}`);
    const dialog = page.getByRole('dialog', { name: 'New alarm on a metric' });
    await dialog.getByLabel('Name', { exact: true }).fill('Spread');
    await dialog.getByLabel('Namespace').fill(LATENCY);
    await dialog.getByLabel('Metric', { exact: true }).fill('rtt_max');
    await dialog.getByRole('button', { name: 'Metric math' }).click();
    await dialog.getByText('e1 has no expression yet').waitFor();
    await dialog.getByRole('button', { name: 'Add a metric' }).click();
    const second = dialog.getByRole('group', { name: 'Row m2' });
    assert.equal(await second.getByLabel('Namespace').inputValue(), LATENCY);
    await second.getByLabel('Metric', { exact: true }).fill('rtt_min');
    await dialog.getByLabel('Expression of e1').fill('m1 - m2');
    await dialog.getByRole('textbox', { name: 'Threshold' }).fill('45.5');
    await dialog.getByText('ALARM when m1 - m2 > 45.5 for 1 of 1 period').waitFor();
    // 1.5 times the round trip, above 45.5 from slot 21 on, of which 21 to 23 have no data.
    await dialog.locator('[data-breaches="1"]').waitFor();
    const what = await drawn(dialog);
    assert.equal(what.series.length, 1);
    assert.deepEqual(what.series[0].marks.map((mark) => mark.value).filter((_, i) => i !== 1), [1.5 * rtt(0), 1.5 * rtt(SLOTS - 1)]);
    assert.equal(what.series[0].gaps, 1);
    assert.deepEqual(await accessibilityProblems(page), []);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: /^m1 - m2 > 45.5/ }).waitFor();
    const made = (await world.call('GET', '/alarms/Spread')).body.alarm;
    assert.deepEqual(made.Metrics.map((query) => [query.Id, query.ReturnData, query.Expression ?? query.MetricStat.Metric.MetricName]), [['m1', false, 'rtt_max'], ['e1', true, 'm1 - m2'], ['m2', false, 'rtt_min']]);
    assert.equal(made.MetricName, undefined);

    // What is stored is edited as it was written, and an expression that is wrong is refused in words.
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const edit = page.getByRole('dialog', { name: 'Edit Spread' });
    assert.equal(await edit.getByLabel('Expression of e1').inputValue(), 'm1 - m2');
    page.letPass.push(/400/);
    await edit.getByLabel('Expression of e1').fill('m1 - m9');
    await edit.getByRole('alert').getByText(/m9/).waitFor();
    await edit.getByLabel('Expression of e1').fill('m1 / m2');
    await edit.getByRole('textbox', { name: 'Threshold' }).fill('5');
    await edit.getByText('No period of this range breaches the threshold').waitFor();
    await edit.getByRole('button', { name: 'Store' }).click();
    await page.getByRole('heading', { name: /^m1 \/ m2 > 5/ }).waitFor();
    assert.equal((await world.call('GET', '/alarms/Spread')).body.alarm.Metrics[1].Expression, 'm1 / m2');
    await world.call('DELETE', '/alarms/Spread');
    await page.done();
  });

  it('watch an anomaly band, drawn with it', async () => {
    const page = await world.page(`/alarms?v=1&new=metric&${RANGE}`);
    const dialog = page.getByRole('dialog', { name: 'New alarm on a metric' });
    await dialog.getByLabel('Name', { exact: true }).fill('Odd');
    await dialog.getByLabel('Namespace').fill(LATENCY);
    await dialog.getByLabel('Metric', { exact: true }).fill('packet_loss_percent');
    await dialog.getByRole('button', { name: 'Anomaly band' }).click();
    assert.equal(await dialog.getByRole('textbox', { name: 'Threshold' }).count(), 0);
    await dialog.getByLabel('Breaches when').selectOption('GreaterThanUpperThreshold');
    await dialog.getByLabel('Width of the band (deviations)').fill('0');
    await dialog.getByText('The width of the band is a number above 0').waitFor();
    await dialog.getByLabel('Width of the band (deviations)').fill('1');
    await dialog.getByText('ALARM when Average of packet_loss_percent above its band for 1 of 1 period of 300 s').waitFor();
    // No loss for 30 slots, then 20 %: what was learnt of that expects less, and the end lies above it.
    await dialog.locator('[data-breaches="1"]').waitFor();
    const what = await drawn(dialog);
    assert.deepEqual(what.series.map((one) => one.label.includes('expected')), [false, true]);
    await dialog.getByText(/^1 interval breaches the band, 30 min in all/).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Why it is in this state').waitFor();
    const made = (await world.call('GET', '/alarms/Odd')).body.alarm;
    assert.deepEqual([made.ThresholdMetricId, made.Threshold, made.ComparisonOperator, made.Metrics[1].Expression], ['ad1', undefined, 'GreaterThanUpperThreshold', 'ANOMALY_DETECTION_BAND(m1, 1)']);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const edit = page.getByRole('dialog', { name: 'Edit Odd' });
    assert.equal(await edit.getByLabel('Width of the band (deviations)').inputValue(), '1');
    await edit.getByLabel('Width of the band (deviations)').fill('50');
    await edit.getByText('No period of this range breaches the band').waitFor();
    await edit.getByRole('button', { name: 'One metric' }).click();
    await edit.getByRole('textbox', { name: 'Threshold' }).fill('10');
    await edit.getByRole('button', { name: 'Store' }).click();
    await page.getByRole('heading', { name: 'Average of packet_loss_percent > 10 for 1 of 1 period of 300 s' }).waitFor();
    const changed = (await world.call('GET', '/alarms/Odd')).body.alarm;
    assert.deepEqual([changed.MetricName, changed.Threshold, changed.ThresholdMetricId], ['packet_loss_percent', 10, undefined]);
    await world.call('DELETE', '/alarms/Odd');
    await page.done();
  });

  it('are composed by a rule, which the server checks', async () => {
    const page = await world.page(`/alarms?v=1&new=composite&${RANGE}`);
    const dialog = page.getByRole('dialog', { name: 'New composite alarm' });
    await dialog.getByLabel('Name', { exact: true }).fill('All');
    await dialog.getByLabel('Rule').fill('ALARM("Blind" AND');
    page.letPass.push(/400/);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('alert').first().waitFor();
    await dialog.getByLabel('Rule').fill('ALARM("Blind") OR OK("Blind")');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'ALARM("Blind") OR OK("Blind")' }).waitFor();
    await page.getByRole('button', { name: 'All alarms' }).click();
    await page.getByLabel('Find an alarm').fill('blind');
    await page.getByRole('link', { name: 'All', exact: true }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('find'), 'blind');
    await page.done();
  });

  it('are filtered by state, and show their past', async () => {
    await world.aws('PutMetricAlarm', {
      AlarmName: 'Loud', Namespace: LATENCY, MetricName: 'jitter', Statistic: 'Average', Period: 300, EvaluationPeriods: 1, Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    });
    await world.aws('SetAlarmState', { AlarmName: 'Loud', StateValue: 'ALARM', StateReason: HOSTILE });
    const page = await world.page('/alarms/Loud?v=1&since=1h');
    await page.getByText('Alarm updated from INSUFFICIENT_DATA to ALARM').waitFor();
    const states = JSON.parse(await page.locator('.state-bar').first().getAttribute('data-drawn')).stretches.map((one) => one.state);
    assert.equal(states[0], 'unknown');
    assert.ok(states.includes('ALARM'));
    await page.goto(`${world.url}/alarms?v=1&state=OK`);
    await page.getByRole('link', { name: 'All', exact: true }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Loud' }).count(), 0);
    await page.done();
  });

  it('are taken elsewhere as files, commands and calls', async () => {
    const page = await world.page(`/alarms/Loud?v=1&since=1h`);
    const choose = async (what, item) => {
      await page.getByRole('button', { name: `Export ${what}` }).click();
      await page.getByRole('button', { name: item, exact: true }).click();
    };
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await page.getByText('Alarm updated from INSUFFICIENT_DATA to ALARM').waitFor();
    await choose('alarm', 'Copy as weir command');
    await page.getByText('Command copied').waitFor();
    assert.equal(await copied(), 'weir alarm explain Loud --region us-west-2');
    await choose('alarm', 'Copy as curl');
    await page.getByText('curl copied').waitFor();
    const call = (await copied()).match(/^curl -sS (http:\S+)$|^curl -sS '(http:[^']+)'$/);
    const explained = await (await fetch(call[1] ?? call[2])).json();
    assert.equal(explained.alarm ?? explained.name, 'Loud');
    const [file] = await Promise.all([page.waitForEvent('download'), choose('alarm', 'CSV')]);
    const lines = readFileSync(await file.path(), 'utf8').trim().split(/\r?\n/);
    assert.equal(lines[0], 'time,kind,summary');
    assert.ok(lines.some((line) => line.includes('Alarm updated from INSUFFICIENT_DATA to ALARM')), lines.join('\n'));
    // Once a minute the alarm is judged anew, and has no data.
    await world.aws('SetAlarmState', { AlarmName: 'Loud', StateValue: 'ALARM', StateReason: HOSTILE });
    await page.goto(`${world.url}/alarms?v=1&state=ALARM`);
    await page.getByRole('link', { name: 'Loud' }).waitFor();
    await choose('alarms', 'Copy as weir command');
    await page.getByText('Command copied').waitFor();
    assert.equal(await copied(), 'weir alarm list --state ALARM');
    await page.done();
  });
});

describe('every width and theme', () => {
  const graph = encodeURIComponent(JSON.stringify({ metrics: [[LATENCY, 'rtt_avg'], ['.', 'rtt_max']], region: 'us-west-2' }));
  for (const width of [1440, 390]) {
    for (const [name, path] of [['metrics', `/metrics?v=1&${RANGE}&graph=${graph}`], ['alarms', `/alarms?v=1&${RANGE}`], ['an alarm', `/alarms/Blind?v=1&${RANGE}`]]) {
      it(`${name} at ${width} px`, async () => {
        const page = await world.page(path, { width });
        await page.locator('[data-drawn], table').first().waitFor();
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
