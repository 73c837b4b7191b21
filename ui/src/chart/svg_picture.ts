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

/** `place` leads from the element's own coordinates to the picture's, in pixels of the page. */
function drawElement(context: CanvasRenderingContext2D, element: Element, place: DOMMatrix): void {
  const style = getComputedStyle(element);
  const own = new Path2D(element.localName === 'path' ? element.getAttribute('d') ?? '' : undefined);
  if (element.localName === 'rect') own.rect(numberOf(element, 'x'), numberOf(element, 'y'), numberOf(element, 'width'), numberOf(element, 'height'));
  const shape = new Path2D();
  shape.addPath(own, place);
  context.save();
  if (style.fill !== 'none') {
    context.fillStyle = style.fill;
    context.globalAlpha = alphaOf(style, 'fill');
    if (element.localName === 'text') {
      context.save();
      context.transform(place.a, place.b, place.c, place.d, place.e, place.f);
      drawText(context, element, style);
      context.restore();
    } else {
      context.fill(shape);
    }
  }
  if (style.stroke !== 'none' && element.localName !== 'text') {
    const scale = style.vectorEffect === 'non-scaling-stroke' ? 1 : Math.sqrt(Math.abs(place.a * place.d - place.b * place.c));
    context.strokeStyle = style.stroke;
    context.lineWidth = Number.parseFloat(style.strokeWidth) * scale;
    context.lineCap = style.strokeLinecap as CanvasLineCap;
    context.lineJoin = style.strokeLinejoin as CanvasLineJoin;
    context.globalAlpha = alphaOf(style, 'stroke');
    context.stroke(shape);
  }
  context.restore();
}

/** Paths, rectangles and texts of an SVG in their order; `origin` is the picture's corner on the page. */
export function paintSvg(context: CanvasRenderingContext2D, svg: SVGSVGElement, origin: { left: number; top: number }): void {
  for (const element of svg.querySelectorAll<SVGGraphicsElement>('path, rect, text')) {
    const place = element.getScreenCTM();
    if (place) drawElement(context, element, new DOMMatrix([place.a, place.b, place.c, place.d, place.e - origin.left, place.f - origin.top]));
  }
}

/** Points a pixel of the page, whatever the screen has. */
export const PICTURE_RATIO = 2;

/** An SVG on the page's ground. */
export function svgPicture(svg: SVGSVGElement): Promise<Blob | null> {
  const box = svg.getBoundingClientRect();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(box.width * PICTURE_RATIO);
  canvas.height = Math.round(box.height * PICTURE_RATIO);
  const context = canvas.getContext('2d')!;
  context.scale(PICTURE_RATIO, PICTURE_RATIO);
  context.fillStyle = getComputedStyle(svg).getPropertyValue('--surface').trim();
  context.fillRect(0, 0, box.width, box.height);
  paintSvg(context, svg, box);
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
