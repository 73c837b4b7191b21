// What is around every screen: navigation, time, keys, theme, links, failures.
import assert from 'node:assert/strict';
import { SINCE, UNTIL } from './server.mjs';

export const tests = [
  ['keys go to screens, list themselves and find the query', async (screen) => {
    await screen.open('/');
    for (const [letter, title] of [['e', 'Explore'], ['f', 'Flows'], ['q', 'Query'], ['m', 'Map'], ['s', 'System'], ['o', 'Overview']]) {
      await screen.page.keyboard.press('g');
      await screen.page.keyboard.press(letter);
      await screen.has('h1', title);
      assert.equal(screen.parameters().since, SINCE, 'the time goes along');
    }
    await screen.page.keyboard.press('?');
    await screen.has('dialog', 'half a window earlier');
    await screen.page.keyboard.press('Escape');
    // Gone, and not only closed: what had the focus in it would keep it for a moment.
    await screen.page.waitForFunction(() => !document.querySelector('dialog') && document.activeElement === document.body);
    await screen.page.keyboard.press('g');
    await screen.page.keyboard.press('e');
    await screen.page.waitForSelector('.filter-line input');
    await screen.page.keyboard.press('/');
    await screen.page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Filter');
    await screen.page.keyboard.type('g');
    await screen.page.keyboard.type('q');
    await screen.has('h1', 'Explore'); // what is typed is text
  }],
  ['the query key leads to Explore where a screen has no query', async (screen) => {
    await screen.open('/map');
    await screen.page.keyboard.press('/');
    await screen.has('h1', 'Explore');
    await screen.page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Filter');
    assert.equal(screen.parameters().since, SINCE);
  }],
  ['the previous period is offered where it is drawn', async (screen) => {
    const button = screen.page.getByRole('button', { name: 'Previous' });
    await screen.open('/explore');
    assert.equal(await button.count(), 1);
    for (const path of ['/', '/flows', '/query', '/map', '/system']) {
      await screen.open(path);
      assert.equal(await button.count(), 0, `${path} draws no previous period on request`);
      await screen.page.keyboard.press('p');
      assert.equal(screen.parameters().before, undefined);
    }
  }],
  ['a table fills its box', async (screen) => {
    await screen.open('/query', { q: 'stats count(*) as n by action' });
    const table = screen.page.locator('.result-panel .table');
    await table.waitFor();
    const [width, boxWidth] = await table.evaluate((element) => [element.offsetWidth, element.parentElement.clientWidth]);
    assert.equal(width, boxWidth);
  }],
  ['long names leave room for numbers in a narrow table', async (screen) => {
    await screen.open('/explore', { by: 'srcaddr,dstaddr,interface_id', view: 'table' });
    const heading = screen.page.locator('.series-table th', { hasText: 'Total' });
    await heading.waitFor();
    const [right, boxRight] = await heading.evaluate((element) => [element.getBoundingClientRect().right, element.closest('.table-box').getBoundingClientRect().right]);
    assert.ok(right <= boxRight, `the totals end at ${right}, the table at ${boxRight}`);
  }, { width: 390 }],
  ['times are typed, shifted, zoomed and refreshed', async (screen) => {
    await screen.open('/explore');
    const open = () => screen.page.locator('[title="Time range"]').click();
    await open();
    await screen.page.getByLabel('Type a time').fill('2026-01-05 02:00 to 2026-01-05 04:00');
    await screen.page.keyboard.press('Enter');
    // Typed in the zone of the browser, kept in the address without one.
    await screen.page.waitForURL((url) => url.searchParams.get('since') === '2026-01-05T01:00:00Z' && url.searchParams.get('until') === '2026-01-05T03:00:00Z');
    await screen.page.keyboard.press(',');
    await screen.page.waitForURL((url) => url.searchParams.get('since') === SINCE);
    await screen.page.keyboard.press('-');
    await screen.page.waitForURL((url) => url.searchParams.get('since') === '2026-01-04T23:00:00Z' && url.searchParams.get('until') === '2026-01-05T03:00:00Z');
    await open();
    await screen.page.getByLabel('Type a time').fill('soon');
    await screen.page.keyboard.press('Enter');
    await screen.has('.range-box', 'Not a time');
    await screen.page.getByLabel('Type a time').fill('30 minutes');
    await screen.page.keyboard.press('Enter');
    await screen.page.waitForURL((url) => url.searchParams.get('since') === '30m' && !url.searchParams.has('until'));
    await open();
    await screen.page.getByLabel('Times in').selectOption('utc');
    await screen.has('.time-picker', 'UTC');
    await screen.page.locator('.range-box select').first().selectOption('5');
    await screen.page.waitForURL((url) => url.searchParams.get('refresh') === '5');
    await screen.page.keyboard.press('Escape');
    const answered = screen.page.waitForResponse((response) => response.url().endsWith('/api/v1/explore'), { timeout: 9000 });
    await answered;
  }],
  ['the theme is switched and remembered', async (screen) => {
    await screen.open('/');
    const theme = () => screen.page.evaluate(() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]);
    const light = await theme();
    await screen.page.getByRole('button', { name: 'Dark theme' }).click();
    const dark = await theme();
    assert.deepEqual([light[0], dark[0]], ['light', 'dark']);
    assert.notEqual(light[1], dark[1]);
    await screen.page.reload();
    await screen.page.waitForSelector('h1');
    assert.equal((await theme())[0], 'dark');
  }],
  ['addresses that people kept open', async (screen) => {
    await screen.page.goto(`${screen.base}/explore?v=1&by=srcaddr%2Cdstport&filter=action+%3D+%22REJECT%22&metric=flows&since=${encodeURIComponent(SINCE)}&until=${encodeURIComponent(UNTIL)}&view=table`);
    await screen.has('h2', 'Flow records by srcaddr, dstport');
    await screen.page.waitForSelector('.series-table tbody tr');
    assert.equal(await screen.page.locator('.filter-line input').inputValue(), 'action = "REJECT"');
  }],
  ['a path that is none says so', async (screen) => {
    await screen.open('/');
    await screen.page.evaluate(() => {
      history.pushState(null, '', '/nowhere/<b>x');
      dispatchEvent(new PopStateEvent('popstate'));
    });
    await screen.has('.empty', 'There is no such screen');
  }],
  ['on a narrow window the screens are behind a button', async (screen) => {
    await screen.open('/');
    await screen.page.getByRole('button', { name: 'Screens' }).click();
    await screen.page.locator('.rail').getByRole('link', { name: 'Query' }).click();
    await screen.has('h1', 'Query');
    await screen.page.waitForFunction(() => getComputedStyle(document.querySelector('.rail')).display === 'none');
  }, { width: 390 }],
  ['leaving a screen ends what it asked for', async (screen) => {
    await screen.open('/');
    const gone = screen.page.waitForEvent('requestfailed', (request) => request.url().includes('/query'));
    await screen.page.route('**/api/v1/query', () => {}); // never answered
    await screen.page.evaluate(() => history.replaceState(null, '', '/'));
    await screen.page.goto(`${screen.base}/query?v=1&since=${SINCE}&until=${UNTIL}&q=stats+count(*)`);
    await screen.page.waitForSelector('.result-panel.loading');
    await screen.page.keyboard.press('g');
    await screen.page.keyboard.press('e');
    await gone;
    await screen.has('h1', 'Explore');
  }],
  ['a server that is gone is said to be gone, and tried again', async (screen) => {
    screen.expect(/ERR_CONNECTION_REFUSED|ERR_FAILED|Failed to load resource/);
    await screen.open('/explore');
    await screen.page.route('**/api/v1/**', (route) => route.abort('connectionrefused'));
    await screen.page.keyboard.press('r');
    await screen.has('.problem', 'cannot be reached');
    assert.ok(await screen.page.locator('.chart-plot').count() > 0, 'what was there stays');
    await screen.page.unroute('**/api/v1/**');
    await screen.page.keyboard.press('r');
    await screen.page.waitForFunction(() => !document.querySelector('.problem'));
  }],
];
