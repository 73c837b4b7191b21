import type uPlot from 'uplot';
import type { ChartColors } from './palette';
import { colorOf } from './plot';
import type { HorizontalMark, VerticalBand } from './time_chart';

/** Behind the series: spans of time that mean something, such as gaps and breaches. */
export function drawBands(u: uPlot, bands: readonly VerticalBand[], colors: ChartColors): void {
  const { ctx, bbox } = u;
  ctx.save();
  for (const band of bands) {
    const left = Math.max(u.valToPos(band.fromMs, 'x', true), bbox.left);
    const right = Math.min(u.valToPos(band.untilMs, 'x', true), bbox.left + bbox.width);
    if (right <= left) continue;
    ctx.globalAlpha = 0.13;
    ctx.fillStyle = colorOf(band.color ?? 'other', colors);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

/** Before the series: thresholds and annotations. */
export function drawHorizontals(u: uPlot, marks: readonly HorizontalMark[], colors: ChartColors, scale: number): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio * scale;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const mark of marks) {
    const axis = mark.axis === 'right' && u.scales.right ? 'right' : 'y';
    const y = u.valToPos(mark.value, axis, true);
    const color = colorOf(mark.color ?? 'reject', colors);
    if (mark.fill) {
      ctx.globalAlpha = 0.08;
      ctx.fillStyle = color;
      if (mark.fill === 'above') ctx.fillRect(bbox.left, bbox.top, bbox.width, y - bbox.top);
      else ctx.fillRect(bbox.left, y, bbox.width, bbox.top + bbox.height - y);
    }
    ctx.globalAlpha = 1;
    ctx.strokeStyle = color;
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    if (mark.label) {
      ctx.setLineDash([]);
      ctx.fillStyle = color;
      ctx.font = `${11 * ratio}px system-ui, sans-serif`;
      const isAtTop = y - bbox.top < 16 * ratio;
      ctx.fillText(mark.label, bbox.left + 6 * ratio, isAtTop ? y + 13 * ratio : y - 5 * ratio);
    }
  }
  ctx.restore();
}
