import assert from 'node:assert/strict';
import { assertAccessible } from './harness.mjs';
import { startServer } from './server.mjs';

const keyServer = (weir) => startServer(weir, { hasRecords: false, words: ['--require-keys'], prepare: (run) => run('key', 'create', '--scope', 'admin') });
const keyOf = (server) => `${/aws_access_key_id = (\S+)/.exec(server.prepared)[1]}.${/aws_secret_access_key = (\S+)/.exec(server.prepared)[1]}`;

export const tests = [
  ['users are added, choose their password once, change their role and go', async (screen, { weir, packages }) => {
    const server = await keyServer(weir);
    try {
      const { page } = screen;
      screen.expect(/status of 40[0139]/);
      await page.goto(`${server.base}/system`);
      await page.getByLabel('or an access key').fill(keyOf(server));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await screen.has('.panel', 'Nobody has a password yet');
      const add = async (name, role) => {
        await page.getByRole('button', { name: 'Add a user' }).click();
        await page.getByRole('dialog').getByLabel('Name').fill(name);
        await page.getByRole('dialog').getByLabel('Role').selectOption(role);
        await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
        await page.getByRole('dialog', { name: `A password for ${name}` }).waitFor();
        const address = await page.getByRole('dialog').locator('.node-name').textContent();
        await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
        return address;
      };
      const address = await add('ann', 'admin');
      assert.ok(address.startsWith(`${server.base}/sign-in#link=`), address);
      await screen.has('[aria-label="Users"] td', 'not set yet');
      await add('bo', 'viewer');
      await assertAccessible(screen, packages);
      assert.ok(!(await page.content()).includes(address.split('=')[1]), 'the address is shown once');

      // Ann, in a browser of her own.
      const other = await page.context().browser().newContext({ colorScheme: 'dark' });
      const hers = await other.newPage();
      await hers.goto(address);
      await hers.getByRole('heading', { name: 'Choose your password' }).waitFor();
      await hers.getByLabel('Password', { exact: true }).fill('correct horse battery');
      await hers.getByLabel('Password again').fill('correct horse');
      await hers.getByText('The two differ').waitFor();
      assert.equal(await hers.getByRole('button', { name: 'Set password' }).isDisabled(), true);
      await hers.getByLabel('Password again').fill('correct horse battery');
      await hers.getByRole('button', { name: 'Set password' }).click();
      await hers.getByRole('heading', { name: 'Overview' }).waitFor();
      await hers.goto(`${server.base}/system`);
      await hers.getByRole('cell', { name: 'ann (you)' }).waitFor();
      // She is the only admin with a password, and stays one.
      await hers.getByLabel('Role of ann').selectOption('viewer');
      await hers.getByText('ann is the only admin').waitFor();
      await hers.waitForFunction(() => document.querySelector('[aria-label="Role of ann"]').value === 'admin');
      await hers.getByLabel('Role of bo').selectOption('operator');
      await hers.getByText('bo is operator now').waitFor();
      await hers.getByRole('button', { name: 'Remove bo' }).click();
      await hers.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await hers.getByText('bo is removed').waitFor();
      await hers.getByRole('button', { name: 'Reset password of ann' }).click();
      await hers.getByRole('dialog', { name: 'A password for ann' }).waitFor();
      // The address that was used is void.
      await hers.goto('about:blank');
      await hers.goto(address);
      await hers.getByLabel('Password', { exact: true }).fill('another password');
      await hers.getByLabel('Password again').fill('another password');
      await hers.getByRole('button', { name: 'Set password' }).click();
      await hers.getByText('this link is void').waitFor();
      await other.close();
    } finally {
      await screen.page.goto('about:blank'); // with what it still asks
      await server.stop();
    }
  }],
  ['the first password is set by the address that the server printed', async (screen, { weir, packages }) => {
    const server = await startServer(weir, { hasRecords: false, words: ['--require-keys'] });
    try {
      screen.expect(/status of 401/);
      // It may be printed after the server listens.
      const path = async () => {
        for (const deadline = Date.now() + 10_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 20))) {
          const found = /\/sign-in#first=[0-9a-f]+/.exec(server.said());
          if (found) return found[0];
        }
        throw new Error(`no address for the first password was printed:\n${server.said()}`);
      };
      await screen.page.goto(server.base + await path());
      await screen.has('h1', 'Choose the first password');
      await assertAccessible(screen, packages);
      await screen.page.getByLabel('User').fill('ann');
      await screen.page.getByLabel('Password', { exact: true }).fill('correct horse battery');
      await screen.page.getByLabel('Password again').fill('correct horse battery');
      await screen.page.getByRole('button', { name: 'Set password' }).click();
      await screen.has('h1', 'Overview');
      assert.equal(new URL(screen.page.url()).hash, '', 'the token is gone from the address');
      const { user, role } = await screen.page.evaluate(async () => (await fetch('/api/v1/session')).json());
      assert.deepEqual([user, role], ['ann', 'admin']);
    } finally {
      await screen.page.goto('about:blank'); // with what it still asks
      await server.stop();
    }
  }],
  ['a viewer sees neither users nor keys nor the audit log', async (screen, { weir }) => {
    const server = await keyServer(weir);
    try {
      const admin = { Authorization: `Bearer ${keyOf(server)}`, 'Content-Type': 'application/json' };
      const made = await fetch(`${server.base}/api/v1/users/vic`, { method: 'PUT', headers: admin, body: JSON.stringify({ role: 'viewer', password: 'correct horse battery' }) });
      assert.equal(made.status, 200, await made.text());
      screen.expect(/status of 40[13]/);
      await screen.page.goto(`${server.base}/system`);
      await screen.page.getByLabel('User').fill('vic');
      await screen.page.getByLabel('Password').fill('correct horse battery');
      await screen.page.getByRole('button', { name: 'Sign in' }).click();
      await screen.has('.panel', 'Users are for admins to make and change');
      await screen.has('.panel', 'Keys are for admins');
      assert.equal(await screen.page.getByRole('region', { name: 'Audit log' }).count(), 0);
      assert.equal(await screen.page.getByRole('button', { name: /^Change how long/ }).count(), 0);
    } finally {
      await screen.page.goto('about:blank'); // with what it still asks
      await server.stop();
    }
  }],
  ['who has a key comes in, makes another, and goes out', async (screen, { weir, packages }) => {
    const server = await keyServer(weir);
    try {
      const [id, secret] = keyOf(server).split('.');
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
      await screen.page.goto('about:blank'); // with what it still asks
      await server.stop();
    }
  }],
];
