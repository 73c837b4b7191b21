// Runs every *_test.mjs of this folder in one browser against one server.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { newScreen } from './harness.mjs';
import { startServer } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const packages = resolve(process.env.WEIR_UI_PACKAGES ?? join(here, '../../.deps/ui/node_modules'));
const weir = resolve(process.env.WEIR ?? join(here, '../../build/release/weir'));
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
if (!chromium || !existsSync(join(packages, 'playwright-core'))) {
  console.log(`skipped: there is no ${chromium ? 'playwright-core' : 'chromium'} here; tools/setup --tests installs it`);
  process.exit(77);
}
const { chromium: engine } = createRequire(join(packages, 'package.json'))('playwright-core');
const wanted = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? '';

const tests = [];
for (const file of readdirSync(here).filter((name) => name.endsWith('_test.mjs')).sort()) {
  const module = await import(pathToFileURL(join(here, file)));
  for (const [name, body, options = {}] of module.tests) tests.push({ name: `${file.replace('_test.mjs', '')}: ${name}`, body, options });
}
const server = await startServer(weir);
const browser = await engine.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP rebound.test 127.0.0.1'] });
let failed = 0;
const began = performance.now();
try {
  const waiting = tests.filter((test) => test.name.includes(wanted));
  const runOne = async ({ name, body, options }) => {
    const from = performance.now();
    const { screen, close } = await newScreen(browser, server, options);
    try {
      await body(screen, { packages, server, weir });
      screen.finish();
      console.log(`ok ${name} (${Math.round(performance.now() - from)} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}\n${error.stack}\n${screen.complaints.join('\n')}`);
      if (process.env.WEIR_UI_SHOTS) await screen.page.screenshot({ path: join(process.env.WEIR_UI_SHOTS, `${name.replace(/[^a-z0-9]+/gi, '-')}.png`) }).catch(() => {});
    } finally {
      await close();
    }
  };
  const runSome = async () => {
    for (let test = waiting.shift(); test; test = waiting.shift()) await runOne(test);
  };
  await Promise.all([runSome(), runSome()]);
} finally {
  await browser.close();
  await server.stop();
}
console.log(`${failed ? `${failed} failed` : 'all passed'}, ${Math.round((performance.now() - began) / 1000)} s`);
process.exit(failed ? 1 : 0);
