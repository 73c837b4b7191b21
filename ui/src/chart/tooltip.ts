import type uPlot from 'uplot';
import { formatValue } from '../format/units';
import { formatMoment } from '../time/format';
import type { Zone } from '../time/range';
import type { ChartColors } from './palette';
import { colorOf } from './plot';
import type { TimeChartProps } from './time_chart';

const MOST_ROWS = 12;

/** The values under the cursor. Plain elements, since this runs at each move of the mouse; text nodes only. */
export class Tooltip {
  private readonly element = document.createElement('div');
  private readonly host: HTMLElement;
  private readonly zone: Zone;

  constructor(host: HTMLElement, zone: Zone) {
    this.host = host;
    this.zone = zone;
    this.element.className = 'chart-tooltip';
    this.element.hidden = true;
    host.append(this.element);
  }

  /** `idx`: the point of the series under the cursor. */
  follow(u: uPlot, props: TimeChartProps, colors: ChartColors, idx: number | null): void {
    const { left } = u.cursor;
    const isUnderMouse = u.over.matches(':hover');
    if (left === undefined || left < 0 || idx === null || !isUnderMouse) {
      this.hide();
      return;
    }
    const rows = props.series.map((one) => ({ one, value: one.values[idx] ?? null })).filter((row) => row.value !== null);
    if (props.kind !== 'stacked') rows.sort((a, b) => b.value! - a.value!);
    else rows.reverse();
    const title = document.createElement('strong');
    title.textContent = formatMoment(props.timesMs[idx]!, this.zone);
    const lines = rows.slice(0, MOST_ROWS).map(({ one, value }) => {
      const line = document.createElement('div');
      const swatch = document.createElement('i');
      swatch.className = 'swatch';
      swatch.style.color = colorOf(one.color, colors);
      const label = document.createElement('span');
      label.textContent = one.label;
      const number = document.createElement('b');
      number.textContent = formatValue(value, one.axis === 'right' ? props.rightUnit ?? props.unit : props.unit);
      line.append(swatch, label, number);
      return line;
    });
    if (rows.length > MOST_ROWS) {
      const more = document.createElement('div');
      more.className = 'muted';
      more.textContent = `and ${rows.length - MOST_ROWS} more`;
      lines.push(more);
    }
    if (rows.length === 0) {
      const none = document.createElement('div');
      none.className = 'muted';
      none.textContent = 'no data here';
      lines.push(none);
    }
    this.element.replaceChildren(title, ...lines);
    this.element.hidden = false;
    const plotLeft = u.over.offsetLeft + left;
    const width = this.element.offsetWidth;
    const isRightOfCursor = plotLeft + 16 + width < this.host.clientWidth;
    this.element.style.transform = `translate(${Math.max(isRightOfCursor ? plotLeft + 14 : plotLeft - width - 14, 0)}px, 8px)`;
  }

  hide(): void {
    this.element.hidden = true;
  }

  destroy(): void {
    this.element.remove();
  }
}
