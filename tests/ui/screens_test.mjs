// Every screen at each width and in each theme, with axe-core. The page stays: both change under it.
import { assertAccessible, THEMES, WIDTHS } from './harness.mjs';

const SCREENS = [
  ['/', {}], ['/explore', { by: 'srcaddr,dstport', before: '1' }], ['/flows', {}], ['/query', { q: 'stats count(*) as n by srcaddr | sort n desc | limit 50' }], ['/map', {}], ['/system', {}],
];

export const tests = SCREENS.map(([path, parameters]) => [
  `${path} in each width and theme`,
  async (screen, { packages }) => {
    await screen.open(path, parameters);
    for (const width of WIDTHS) {
      await screen.page.setViewportSize({ width, height: 900 });
      for (const theme of THEMES) {
        await screen.page.emulateMedia({ colorScheme: theme });
        await screen.page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
        await screen.settled();
        await screen.isWithinWidth();
        await assertAccessible(screen, packages);
      }
    }
  },
]);
