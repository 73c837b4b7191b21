// Where the parts of a screen stand, compared with layout.json. `--update`, or WEIR_UI_UPDATE=1, writes it anew; the
// difference is what is reviewed.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = join(dirname(fileURLToPath(import.meta.url)), 'layout.json');
const isUpdating = process.env.WEIR_UI_UPDATE === '1' || process.argv.includes('--update');
const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { boxes: {}, colors: {} };

const PARTS = [
  'nav.rail', 'header.bar', '.ribbon', '.toolbar', '.panel', '.tile', '.filter-box', '.query-editor', '.chart-plot', '.metric-chart-plot', '.heat-map', '.sankey',
  '.map-canvas', '.map-side', '.table-box', '.bar-list', '.facts', '.side', '.widget', '.state-bar', '.empty',
];

// Fonts differ a little from machine to machine; what is moved or squeezed differs by more.
const NEAR_PX = 5;
const NEAR_SHARE = 0.03;

/** Boxes in pixels of the page as if it were not scrolled, by selector and place in the page. */
function measure(page) {
  return page.evaluate((parts) => {
    const content = document.querySelector('#content');
    const boxes = {};
    for (const part of parts) {
      [...document.querySelectorAll(part)].filter((element) => element.checkVisibility()).forEach((element, index) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        boxes[`${part} ${index + 1}`] = [x, y + (content.contains(element) ? content.scrollTop : 0), width, height].map(Math.round);
      });
    }
    // Panels and tiles beside each other never lie over each other.
    const blocks = [...content.querySelectorAll('.panel, .tile, .widget')].filter((element) => !element.parentElement.closest('.panel, .tile, .widget'));
    const overlaps = blocks.flatMap((a, index) => blocks.slice(index + 1).filter((b) => {
      const [one, other] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
      return one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1;
    }).map((b) => `${a.className} over ${b.className}`));
    const styleOf = (selector) => getComputedStyle(document.querySelector(selector));
    const colors = { ground: styleOf('body').backgroundColor, text: styleOf('body').color, panel: styleOf('.panel, .widget').backgroundColor, border: styleOf('header.bar').borderBottomColor };
    return { boxes, overlaps, colors };
  }, PARTS);
}

/** Fails with each part that came, went, moved or changed its size. */
export async function assertLayout(screen, name, width, theme) {
  const { boxes, overlaps, colors } = await measure(screen.page);
  assert.deepEqual(overlaps, [], `${name} at ${width} pixels: parts lie over each other`);
  const key = `${name} ${width}`;
  if (isUpdating) {
    if (theme === 'light') known.boxes[key] = boxes;
    known.colors[theme] = colors;
    const lines = Object.entries(known.boxes).sort(([a], [b]) => (a < b ? -1 : 1)).map(([one, parts]) => `  ${JSON.stringify(one)}: ${JSON.stringify(parts)}`);
    writeFileSync(file, `{"boxes": {\n${lines.join(',\n')}\n}, "colors": ${JSON.stringify(known.colors)}}\n`);
    return;
  }
  const wanted = known.boxes[key];
  assert.ok(wanted, `layout.json has no "${key}": run once with --update and look at the difference`);
  const wrongs = [];
  for (const part of new Set([...Object.keys(wanted), ...Object.keys(boxes)])) {
    if (!wanted[part] || !boxes[part]) wrongs.push(`${part} ${wanted[part] ? 'is gone' : `is new, at ${boxes[part]}`}`);
    else if (wanted[part].some((value, index) => Math.abs(value - boxes[part][index]) > NEAR_PX + NEAR_SHARE * Math.abs(value))) wrongs.push(`${part} is at ${boxes[part]}, not ${wanted[part]}`);
  }
  assert.deepEqual(wrongs, [], `${name} at ${width} pixels, ${theme}: x, y, width, height`);
  assert.deepEqual(colors, known.colors[theme], `the colours of ${name}, ${theme}`);
}
