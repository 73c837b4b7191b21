import type uPlot from 'uplot';
import type { Interval } from '../alarm/breaches';
import type { ChartColors } from '../chart/palette';
import type { Annotation } from './annotations';

export interface Drawing {
  colors: ChartColors;
  horizontal: readonly Annotation[];
  vertical: readonly Annotation[];
  breaches: readonly Interval[];
  /** How much larger than on the page. */
  scale: number;
}

const FILL_ALPHA = '22';

function inPlot(plot: uPlot, draw: (context: CanvasRenderingContext2D) => void): void {
  const context = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  draw(context);
  context.restore();
}

function scaleOf(plot: uPlot, annotation: Annotation): string {
  return annotation.axis === 'right' && plot.scales['right'] ? 'right' : 'left';
}

/** Areas, under the lines. */
export function drawBehind(plot: uPlot, { colors, horizontal, vertical, breaches }: Drawing): void {
  const { left, top, width, height } = plot.bbox;
  inPlot(plot, (context) => {
    context.fillStyle = `${colors.reject}${FILL_ALPHA}`;
    for (const breach of breaches) {
      const from = plot.valToPos(breach.fromMs, 'x', true);
      context.fillRect(from, top, plot.valToPos(breach.untilMs, 'x', true) - from, height);
    }
    for (const annotation of horizontal) {
      const scale = scaleOf(plot, annotation);
      const from = plot.valToPos(annotation.from, scale, true);
      const to = annotation.to === undefined ? { above: top, below: top + height }[annotation.fill as string] : plot.valToPos(annotation.to, scale, true);
      if (to === undefined) continue;
      context.fillStyle = `${annotation.color ?? colors.reject}${FILL_ALPHA}`;
      context.fillRect(left, Math.min(from, to), width, Math.abs(from - to));
    }
    for (const annotation of vertical) {
      const from = plot.valToPos(annotation.from, 'x', true);
      const to = annotation.to === undefined ? { before: left, after: left + width }[annotation.fill as string] : plot.valToPos(annotation.to, 'x', true);
      if (to === undefined) continue;
      context.fillStyle = `${annotation.color ?? colors.accent}${FILL_ALPHA}`;
      context.fillRect(Math.min(from, to), top, Math.abs(from - to), height);
    }
  });
}

/** Lines and their labels, over everything. */
export function drawInFront(plot: uPlot, { colors, horizontal, vertical, scale: enlarged }: Drawing): void {
  const { left, top, width, height } = plot.bbox;
  const pixel = devicePixelRatio * enlarged;
  inPlot(plot, (context) => {
    context.lineWidth = pixel;
    context.font = `${11 * pixel}px system-ui, sans-serif`;
    for (const annotation of horizontal) {
      const color = annotation.color ?? colors.reject;
      context.strokeStyle = color;
      context.fillStyle = colors.text;
      context.setLineDash([5 * pixel, 3 * pixel]);
      for (const value of annotation.to === undefined ? [annotation.from] : [annotation.from, annotation.to]) {
        const y = Math.round(plot.valToPos(value, scaleOf(plot, annotation), true)) + 0.5;
        context.beginPath();
        context.moveTo(left, y);
        context.lineTo(left + width, y);
        context.stroke();
      }
      const y = plot.valToPos(annotation.to ?? annotation.from, scaleOf(plot, annotation), true);
      const isNearTop = y - top < 16 * pixel;
      context.textAlign = annotation.axis === 'right' ? 'right' : 'left';
      context.textBaseline = isNearTop ? 'top' : 'bottom';
      context.fillText(annotation.label, annotation.axis === 'right' ? left + width - 4 * pixel : left + 4 * pixel, y + (isNearTop ? 3 : -3) * pixel);
    }
    for (const annotation of vertical) {
      context.strokeStyle = annotation.color ?? colors.accent;
      context.fillStyle = colors.text;
      context.setLineDash([]);
      for (const ms of annotation.to === undefined ? [annotation.from] : [annotation.from, annotation.to]) {
        const x = Math.round(plot.valToPos(ms, 'x', true)) + 0.5;
        context.beginPath();
        context.moveTo(x, top);
        context.lineTo(x, top + height);
        context.stroke();
      }
      const x = plot.valToPos(annotation.from, 'x', true);
      const isFarRight = x > left + width * 0.7;
      context.textAlign = isFarRight ? 'right' : 'left';
      context.textBaseline = 'top';
      context.fillText(annotation.label, x + (isFarRight ? -4 : 4) * pixel, top + 3 * pixel);
    }
  });
}
