import assert from 'node:assert/strict';
import { assertAccessible } from './harness.mjs';
import { startServer } from './server.mjs';

export const tests = [
  ['who has a key comes in, makes another, and goes out', async (screen, { weir, packages }) => {
    const server = await startServer(weir, {
      hasRecords: false, words: ['--require-keys'],
      prepare: (run) => run('key', 'create', '--scope', 'admin'),
    });
    try {
      const [, id] = /aws_access_key_id = (\S+)/.exec(server.prepared);
      const [, secret] = /aws_secret_access_key = (\S+)/.exec(server.prepared);
      screen.expect(/status of 40[13]/);
      await screen.page.goto(`${server.base}/system`);
      await screen.has('h1', 'Sign in');
      await assertAccessible(screen, packages);
      const key = screen.page.getByLabel('or an access key');
      await key.fill(`${id}.wrong`);
      await screen.page.getByRole('button', { name: 'Sign in' }).click();
      await screen.page.waitForSelector('.problem');
      await key.fill(`${id}.${secret}`);
      await screen.page.getByRole('button', { name: 'Sign in' }).click();
      await screen.has('h1', 'System');
      await screen.page.locator('td', { hasText: id }).first().waitFor();
      await screen.page.getByRole('button', { name: 'Make a key' }).click();
      await screen.has('dialog', 'shown this once');
      await screen.page.keyboard.press('Escape');
      await screen.page.waitForFunction(() => document.querySelectorAll('[aria-label="Access keys"] tbody tr').length === 2);
      await screen.page.getByRole('button', { name: 'Sign out' }).click();
      await screen.has('h1', 'Sign in');
      assert.equal((await screen.page.context().cookies()).filter((cookie) => cookie.value !== '').length, 0);
    } finally {
      await server.stop();
    }
  }],
];
