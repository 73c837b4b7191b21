// The pictures of README.md, taken anew with WEIR_UI_PICTURES=docs/pictures; else looked at for size alone.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const PICTURES = [
  ['overview', 'light', '/', {}, '.chart-plot canvas'],
  ['explore', 'dark', '/explore', { by: 'srcaddr,dstaddr', view: 'stack' }, '.chart-plot canvas'],
  ['query', 'light', '/query', { q: 'filter action = "REJECT"\n| stats count(*) as records, sum(bytes) as volume by srcaddr, dstport\n| sort records desc\n| limit 50' }, 'tbody tr, [role="row"]'],
];

export const tests = PICTURES.map(([name, theme, path, parameters, drawn]) => [
  `${name}.png`,
  async (screen) => {
    await screen.open(path, parameters);
    await screen.page.locator(drawn).first().waitFor();
    await screen.settled();
    const picture = await screen.page.screenshot({ animations: 'disabled' });
    assert.ok(picture.length > 30_000, `a picture of ${picture.length} bytes shows next to nothing`);
    if (process.env.WEIR_UI_PICTURES) {
      mkdirSync(process.env.WEIR_UI_PICTURES, { recursive: true });
      await screen.page.screenshot({ path: join(process.env.WEIR_UI_PICTURES, `${name}.png`), animations: 'disabled' });
    }
  },
  { theme },
]);
