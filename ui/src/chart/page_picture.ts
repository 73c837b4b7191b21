// A part of the page as PNG: its boxes, texts, SVGs and charts painted anew on a canvas, where they stand and in the theme's
// colours. No browser gives a page its own picture, and an SVG around HTML would know none of its style sheets.
import { paintSvg, PICTURE_RATIO } from './svg_picture';

declare global {
  interface HTMLElement {
    /** Of a chart: itself, drawn anew at so many points a pixel. */
    weirPicture?: (ratio: number) => Promise<HTMLCanvasElement>;
  }
}

// What one works the page with, and what only a screen reader meets.
const UNPAINTED = '.popover-root, .panel-actions, .table .button, .u-legend, .widget-grips, .widget-corner, .visually-hidden, .metric-tooltip, .widget-head > .button';
const MOST_POINTS = 16_384; // of a canvas's side
const MARGIN = 12; // around what is painted

interface Painter {
  context: CanvasRenderingContext2D;
  origin: DOMRect;
  charts: ReadonlyMap<HTMLElement, HTMLCanvasElement>;
}

const pixels = (text: string): number => Number.parseFloat(text) || 0;
const isSeen = (color: string): boolean => color !== 'transparent' && !/[,/] *0\)$/.test(color);

/** The outline of a box, or of what lies within its border. */
function boxPath({ origin }: Painter, box: DOMRect, style: CSSStyleDeclaration, border = 0): Path2D {
  const path = new Path2D();
  const [width, height] = [Math.max(box.width - 2 * border, 0), Math.max(box.height - 2 * border, 0)];
  const radius = style.borderTopLeftRadius.endsWith('%') ? Math.min(width, height) / 2 : pixels(style.borderTopLeftRadius) - border;
  path.roundRect(box.left - origin.left + border, box.top - origin.top + border, width, height, Math.max(Math.min(radius, width / 2, height / 2), 0));
  return path;
}

function paintBox(painter: Painter, box: DOMRect, style: CSSStyleDeclaration): void {
  const { context, origin } = painter;
  const path = boxPath(painter, box, style);
  if (isSeen(style.backgroundColor)) {
    context.fillStyle = style.backgroundColor;
    context.fill(path);
  }
  const sides = ['Top', 'Right', 'Bottom', 'Left'] as const;
  const widths = sides.map((side) => (style[`border${side}Style`] === 'none' || !isSeen(style[`border${side}Color`]) ? 0 : pixels(style[`border${side}Width`])));
  if (widths.every((width) => width > 0 && width === widths[0])) {
    context.save();
    context.clip(path);
    context.strokeStyle = style.borderTopColor;
    context.lineWidth = 2 * widths[0]!; // its outer half is clipped away
    context.stroke(path);
    context.restore();
    return;
  }
  const [left, top] = [box.left - origin.left, box.top - origin.top];
  sides.forEach((side, i) => {
    const width = widths[i]!;
    if (width === 0) return;
    context.fillStyle = style[`border${side}Color`];
    if (side === 'Top' || side === 'Bottom') context.fillRect(left, side === 'Top' ? top : top + box.height - width, box.width, width);
    else context.fillRect(side === 'Left' ? left : left + box.width - width, top, width, box.height);
  });
}

/** The lines that a text was broken into, with where each stands. */
function linesOf(node: Text): { text: string; box: DOMRect }[] {
  const range = document.createRange();
  const lines: { text: string; box: DOMRect }[] = [];
  const { data } = node;
  for (const word of data.matchAll(/\s+|\S+/g)) {
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
    if (boxes.length === 0) continue;
    // A word that is wider than its line is broken within.
    const parts = boxes.length === 1 ? [{ text: word[0], box: boxes[0]! }] : [...word[0]].flatMap((_, i) => {
      range.setStart(node, word.index + i);
      range.setEnd(node, word.index + i + 1);
      const box = range.getClientRects()[0];
      return box && box.width > 0 ? [{ text: word[0][i]!, box }] : [];
    });
    for (const part of parts) {
      const line = lines.at(-1);
      if (line && Math.abs(line.box.top - part.box.top) < 2) line.text += part.text;
      else lines.push(part);
    }
  }
  return lines;
}

/** What fits, with an ellipsis, as the style sheet wants it. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width + 0.5) return text;
  let end = text.length;
  while (end > 0 && context.measureText(`${text.slice(0, end)}…`).width > width) --end;
  return `${text.slice(0, end)}…`;
}

function paintText({ context, origin }: Painter, node: Text, parent: Element, style: CSSStyleDeclaration): void {
  if (node.data.trim() === '') return;
  context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  const inner = parent.getBoundingClientRect();
  for (const { text, box } of linesOf(node)) {
    const words = style.whiteSpace.startsWith('pre') ? text : text.replace(/\s+/g, ' ').trimEnd();
    const shown = style.textTransform === 'uppercase' ? words.toUpperCase() : words;
    const cut = style.textOverflow === 'ellipsis' && parent.scrollWidth > parent.clientWidth ? fitted(context, shown, inner.right - pixels(style.paddingRight) - box.left) : shown;
    const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = context.measureText(cut);
    const x = box.left - origin.left;
    const y = box.top - origin.top + (box.height + ascent - descent) / 2;
    context.fillText(cut, x, y);
    const line = style.textDecorationLine;
    if (line === 'underline' || line === 'line-through') {
      context.fillRect(x, line === 'underline' ? y + 2 : y - ascent * 0.3, context.measureText(cut).width, 1);
    }
  }
}

function paintMarker({ context, origin }: Painter, item: Element, box: DOMRect, style: CSSStyleDeclaration): void {
  if (style.display !== 'list-item' || style.listStyleType === 'none') return;
  const number = [...(item.parentElement?.children ?? [])].indexOf(item) + Number(item.parentElement?.getAttribute('start') ?? 1);
  context.font = `${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textAlign = 'right';
  context.textBaseline = 'top';
  context.fillText(style.listStyleType === 'decimal' ? `${number}.` : '•', box.left - origin.left - 6, box.top - origin.top + 3);
}

function paint(painter: Painter, element: Element): void {
  const { context, origin, charts } = painter;
  if (element.matches(UNPAINTED)) return;
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden') return;
  const box = element.getBoundingClientRect();
  context.save();
  context.globalAlpha *= Number(style.opacity);
  if (style.display !== 'contents') paintBox(painter, box, style);
  if (style.overflow !== 'visible' && element !== document.body) context.clip(boxPath(painter, box, style, pixels(style.borderTopWidth)));
  if (element instanceof SVGSVGElement) {
    paintSvg(context, element, origin);
  } else if (element instanceof HTMLCanvasElement) {
    const drawn = charts.get(element) ?? element;
    context.drawImage(drawn, box.left - origin.left, box.top - origin.top, box.width, box.height);
  } else {
    paintMarker(painter, element, box, style);
    for (const child of element.childNodes) {
      if (child instanceof Text) paintText(painter, child, element, style);
      else if (child instanceof Element) paint(painter, child);
    }
  }
  context.restore();
}

/** The charts within, each as a canvas of its own at that ratio. */
async function drawCharts(root: HTMLElement, ratio: number): Promise<Map<HTMLElement, HTMLCanvasElement>> {
  const charts = new Map<HTMLElement, HTMLCanvasElement>();
  for (const host of root.querySelectorAll<HTMLElement>('*')) {
    const canvas = host.weirPicture && host.querySelector('canvas');
    if (canvas) charts.set(canvas, await host.weirPicture!(ratio));
  }
  return charts;
}

/** What the element stands on. */
function groundOf(element: Element): string {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (isSeen(backgroundColor)) return backgroundColor;
  }
  return 'white';
}

/** An element and all within it, at two points a pixel; null where there is nothing of it, or too much for one picture. */
export async function pagePicture(root: HTMLElement): Promise<Blob | null> {
  const box = root.getBoundingClientRect();
  if (box.width === 0 || box.height === 0) return null;
  const size = new DOMRect(box.left - MARGIN, box.top - MARGIN, box.width + 2 * MARGIN, box.height + 2 * MARGIN);
  const ratio = Math.min(PICTURE_RATIO, MOST_POINTS / Math.max(size.width, size.height));
  if (ratio < 0.5) return null;
  const charts = await drawCharts(root, ratio);
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  context.fillStyle = groundOf(root);
  context.fillRect(0, 0, size.width, size.height);
  paint({ context, origin: size, charts }, root);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
