// Every screen as users first see it: each width, each theme, with axe-core.
import { assertAccessible, THEMES, WIDTHS } from './harness.mjs';

const SCREENS = [
  ['/', {}], ['/explore', { by: 'srcaddr,dstport', before: '1' }], ['/flows', {}], ['/query', { q: 'stats count(*) as n by srcaddr | sort n desc | limit 50' }], ['/map', {}], ['/system', {}],
];

export const tests = SCREENS.flatMap(([path, parameters]) => WIDTHS.flatMap((width) => THEMES.map((theme) => [
  `${path} at ${width} px, ${theme}`,
  async (screen, { packages }) => {
    await screen.open(path, parameters);
    await screen.isWithinWidth();
    await assertAccessible(screen, packages);
  },
  { width, theme },
])));
