// A page that fails its test for whatever a user should not see.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { SINCE, UNTIL } from './server.mjs';

export const WIDTHS = [1440, 390];
export const THEMES = ['light', 'dark'];
const DEADLINE_MS = 10_000;

export class Screen {
  constructor(page, base, server) {
    this.page = page;
    this.base = base;
    this.server = server;
    this.complaints = [];
    this.expected = [];
  }

  /** A complaint that matches is part of the test. */
  expect(pattern) {
    this.expected.push(pattern);
  }

  /** Opens a path with the time of the simulated records, and waits until the screen is there. */
  async open(path, parameters = {}) {
    const search = new URLSearchParams({ v: '1', since: SINCE, until: UNTIL, ...parameters });
    await this.page.goto(`${this.base}${path}?${search}`);
    await this.page.waitForFunction(() => document.querySelector('#content')?.firstElementChild && !document.querySelector('.screen-wait, .lazy-wait'));
    await this.settled();
  }

  /** Until nothing loads any more. */
  async settled() {
    await this.page.waitForFunction(() => !document.querySelector('.panel.loading, .side.loading, [aria-busy="true"]'));
  }

  parameters() {
    return Object.fromEntries(new URL(this.page.url()).searchParams);
  }

  /** What the chart drew, by its accessible name. */
  async chart(name) {
    const host = this.page.locator(`.chart-plot[aria-label^="${name}"]`).first();
    await host.waitFor();
    await this.page.waitForFunction((label) => {
      const element = document.querySelector(`.chart-plot[aria-label^="${label}"]`);
      return element?.weirChart && element.weirChart.describe().series.some((one) => one.points > 0);
    }, name);
    const facts = await host.evaluate((element) => {
      const { series, xRange, yRange } = element.weirChart.describe();
      return { series, xRange, yRange };
    });
    const box = await host.locator('.u-over').boundingBox();
    return { host, box, ...facts, place: (series, point) => host.evaluate((element, [s, p]) => element.weirChart.describe().place(s, p), [series, point]) };
  }

  /** Rows of a query, by a route that charts do not use. */
  async ask(query, since = SINCE, until = UNTIL, language = 'insights') {
    const answer = await fetch(`${this.base}/api/v1/query`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query, language, since, until, maxRows: 10_000 }),
    });
    const lines = (await answer.text()).trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.some((line) => line.type === 'end'), `the query ${query} did not end: ${JSON.stringify(lines.at(-1))}`);
    return lines.filter((line) => line.type === 'rows').flatMap((line) => line.rows);
  }

  async text(selector) {
    return (await this.page.locator(selector).first().textContent()) ?? '';
  }

  /** Fails with what was there instead. */
  async has(selector, text) {
    await this.page.waitForFunction(([where, what]) => [...document.querySelectorAll(where)].some((element) => element.textContent.includes(what)), [selector, text], { timeout: DEADLINE_MS })
      .catch(async () => assert.fail(`no ${selector} says "${text}"; they say: ${JSON.stringify(await this.page.locator(selector).allTextContents()).slice(0, 600)}`));
  }

  async isWithinWidth() {
    const widths = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth, document.querySelector('#content').scrollWidth, document.querySelector('#content').clientWidth]);
    assert.ok(widths[0] <= widths[1] && widths[2] <= widths[3], `the page is wider than the window: ${widths}`);
  }

  finish() {
    const left = this.complaints.filter((complaint) => !this.expected.some((pattern) => pattern.test(complaint)));
    assert.deepEqual(left, [], 'the page complained');
  }
}

/** axe-core comes in through the debugger, which the content policy does not reach. */
export async function assertAccessible(screen, packages) {
  await screen.page.evaluate(readFileSync(`${packages}/axe-core/axe.min.js`, 'utf8'));
  const found = await screen.page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => `${one.id} (${one.impact}): ${one.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
  });
  assert.deepEqual(found, [], 'axe-core found serious violations');
}

export async function newScreen(browser, server, { width = 1440, theme = 'light' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: 900 }, colorScheme: theme, timezoneId: 'Europe/Berlin', locale: 'en-GB', acceptDownloads: true, reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  const screen = new Screen(page, server.base, server);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') screen.complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => screen.complaints.push(`exception: ${error.stack}`));
  page.on('response', (response) => {
    if (response.status() >= 500) screen.complaints.push(`answer ${response.status()} of ${response.url()}`);
  });
  return { screen, close: () => context.close() };
}
