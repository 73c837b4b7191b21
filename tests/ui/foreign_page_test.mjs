// A page of somebody else, opened in the browser of a user whose Weir needs no keys, reads nothing and changes nothing.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

const call = (parameters) => new URLSearchParams({ Version: '2010-08-01', ...parameters }).toString();
const deletion = (alarm) => call({ Action: 'DeleteAlarms', 'AlarmNames.member.1': alarm });

async function putAlarm(base, alarm) {
  const answer = await fetch(`${base}/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: call({
      Action: 'PutMetricAlarm', AlarmName: alarm, Namespace: 'Foreign', MetricName: 'page', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1,
      Threshold: 1, ComparisonOperator: 'GreaterThanThreshold',
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function servePage() {
  const server = createServer((_, answer) => answer.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>elsewhere</title><body></body>'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

/** Everything a script can send without asking, and with; gives what it could read. Runs in the page. */
async function attack([base, alarm, deleteAlarm]) {
  const read = [];
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const look = async (name, path, init = {}) => {
    try {
      const answer = await fetch(`${base}${path}`, init);
      const text = answer.type === 'opaque' ? '' : await answer.text();
      if (answer.ok || (text && !text.startsWith('refused: '))) read.push(`${name}: ${answer.status} ${text.slice(0, 200)}`);
    } catch { /* the browser lets nothing through */ }
  };
  await look('own API', '/api/v1/system');
  await look('what is counted', '/metrics');
  await look('alarms', `/?Action=DescribeAlarms&Version=2010-08-01`);
  await look('delete by GET', `/?${deleteAlarm}`);
  await look('delete by GET, unread', `/?${deleteAlarm}`, { mode: 'no-cors' });
  await look('delete by a simple POST', '/', { method: 'POST', mode: 'no-cors', headers: form, body: deleteAlarm });
  await look('delete by a POST', '/', { method: 'POST', headers: form, body: deleteAlarm });
  await look('delete in JSON', '/', {
    method: 'POST', headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'GraniteServiceVersion20100801.DeleteAlarms' }, body: JSON.stringify({ AlarmNames: [alarm] }),
  });
  await look('delete by our own API', `/api/v1/alarms/${alarm}`, { method: 'DELETE' });
  navigator.sendBeacon(`${base}/`, new URLSearchParams(deleteAlarm));
  const fetched = (tag, attribute, value) => new Promise((resolve) => {
    const element = document.createElement(tag);
    element[attribute] = value;
    element.onload = element.onerror = resolve;
    document.body.append(element);
  });
  await fetched('img', 'src', `${base}/?${deleteAlarm}`);
  await fetched('script', 'src', `${base}/?${deleteAlarm}`);
  await fetched('iframe', 'src', `${base}/?${deleteAlarm}`);
  await new Promise((resolve) => {
    const events = new EventSource(`${base}/api/v1/flows/tail?filter=`);
    const end = () => { events.close(); resolve(); };
    events.onopen = () => { read.push('events'); end(); };
    events.onerror = end;
  });
  return read;
}

/** Forms and links take the whole page there. */
async function leaveFor(page, base, method, alarm) {
  await page.evaluate(([action, way, body]) => {
    const form = document.createElement('form');
    form.method = way;
    form.action = `${action}/`;
    for (const [name, value] of new URLSearchParams(body)) {
      const field = document.createElement('input');
      [field.name, field.value] = [name, value];
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  }, [base, method, deletion(alarm)]);
  await page.waitForFunction(() => document.body?.textContent.startsWith('refused: '));
}

// By a list of all: doctor would name an alarm that is asked for by its name and is not there.
async function isKept(base, alarm) {
  const answer = await fetch(`${base}/`, {
    method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: call({ Action: 'DescribeAlarms' }),
  });
  return (await answer.text()).includes(`<AlarmName>${alarm}</AlarmName>`);
}

const removeAlarm = (base, alarm) => fetch(`${base}/`, {
  method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: deletion(alarm),
});

async function isRefused(page, { at, base, server, alarm }) {
  await putAlarm(server.base, alarm);
  await page.goto(at);
  assert.deepEqual(await page.evaluate(attack, [base, alarm, deletion(alarm)]), []);
  for (const method of ['get', 'post']) {
    await page.goto(at);
    await leaveFor(page, base, method, alarm);
  }
  assert.ok(await isKept(server.base, alarm), 'the alarm is gone');
  await removeAlarm(server.base, alarm); // other tests want nothing that doctor would name
  assert.equal(await isKept(server.base, alarm), false);
}

// The same machine under another port, and another site.
const tests = ['127.0.0.1', 'localhost'].map((host) => [`a page at ${host} reads and changes nothing`, async (screen, { server }) => {
  screen.expect(/./); // what the browser and the server refuse is told in the console
  const elsewhere = await servePage();
  try {
    await isRefused(screen.page, { at: `http://${host}:${elsewhere.port}/`, base: server.base, server, alarm: `kept from ${host}` });
  } finally {
    await elsewhere.stop();
  }
}]);

// A name of the attacker's that leads here by now: to the browser, the page and Weir are one origin.
tests.push(['a name that was bound again to this machine reads and changes nothing', async (screen, { server }) => {
  screen.expect(/./);
  const base = `http://rebound.test:${new URL(server.base).port}`;
  await isRefused(screen.page, { at: `${base}/livez`, base, server, alarm: 'kept from rebinding' });
}]);

// The calls are such as work, where nothing stands in their way.
tests.push(['the same calls from its own origin are answered', async (screen, { server }) => {
  screen.expect(/./);
  const alarm = 'not kept';
  await putAlarm(server.base, alarm);
  await screen.page.goto(`${server.base}/livez`);
  const read = await screen.page.evaluate(attack, [server.base, alarm, deletion(alarm)]);
  for (const name of ['own API: 200', 'what is counted: 200', 'delete by a POST: 200', 'delete in JSON: 200', 'events']) {
    assert.ok(read.some((line) => line.startsWith(name)), `no ${name} in\n${read.join('\n')}`);
  }
  assert.equal(await isKept(server.base, alarm), false);
}]);

// A link to a page of the application is no attack.
tests.push(['a link from elsewhere opens the application', async (screen, { server }) => {
  const elsewhere = await servePage();
  try {
    const { page } = screen;
    screen.expect(/favicon/);
    await page.goto(`http://localhost:${elsewhere.port}/`);
    await page.evaluate((target) => {
      const link = document.createElement('a');
      link.href = target;
      document.body.append(link);
      link.click();
    }, `${server.base}/explore?v=1`);
    await page.getByRole('heading', { name: 'Explore' }).first().waitFor();
  } finally {
    await elsewhere.stop();
  }
}]);

export { tests };
