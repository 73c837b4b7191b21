// An SVG of this page as PNG. It is drawn anew on a canvas from its elements and their computed styles: an SVG put into an
// image would know neither the page's style sheets nor its custom properties.

function alphaOf(style: CSSStyleDeclaration, kind: 'fill' | 'stroke'): number {
  const opacity = kind === 'fill' ? style.fillOpacity : style.strokeOpacity;
  return Number(style.opacity || 1) * Number(opacity || 1);
}

const numberOf = (element: Element, name: string) => Number(element.getAttribute(name) ?? 0);

function drawText(context: CanvasRenderingContext2D, element: Element, style: CSSStyleDeclaration): void {
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.textAlign = style.textAnchor === 'end' ? 'right' : style.textAnchor === 'middle' ? 'center' : 'left';
  context.textBaseline = element.hasAttribute('dy') ? 'middle' : 'alphabetic';
  context.fillText(element.textContent ?? '', numberOf(element, 'x'), numberOf(element, 'y'));
}

function drawElement(context: CanvasRenderingContext2D, element: Element): void {
  const style = getComputedStyle(element);
  const shape = new Path2D(element.localName === 'path' ? element.getAttribute('d') ?? '' : undefined);
  if (element.localName === 'rect') shape.rect(numberOf(element, 'x'), numberOf(element, 'y'), numberOf(element, 'width'), numberOf(element, 'height'));
  if (style.fill !== 'none') {
    context.fillStyle = style.fill;
    context.globalAlpha = alphaOf(style, 'fill');
    if (element.localName === 'text') drawText(context, element, style);
    else context.fill(shape);
  }
  if (style.stroke !== 'none' && element.localName !== 'text') {
    context.strokeStyle = style.stroke;
    context.lineWidth = Number.parseFloat(style.strokeWidth);
    context.globalAlpha = alphaOf(style, 'stroke');
    context.stroke(shape);
  }
}

/** Paths, rectangles and texts in their order, on the page's ground. */
export function svgPicture(svg: SVGSVGElement): Promise<Blob | null> {
  const { width, height } = svg.getBoundingClientRect();
  const ratio = devicePixelRatio;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  context.fillStyle = getComputedStyle(svg).getPropertyValue('--surface').trim();
  context.fillRect(0, 0, width, height);
  for (const element of svg.querySelectorAll('path, rect, text')) drawElement(context, element);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

/** A canvas as PNG on the page's ground, since it is transparent itself. */
export function canvasPicture(drawn: HTMLCanvasElement): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  canvas.width = drawn.width;
  canvas.height = drawn.height;
  const context = canvas.getContext('2d')!;
  context.fillStyle = getComputedStyle(drawn).getPropertyValue('--surface').trim();
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(drawn, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
