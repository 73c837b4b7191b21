import type { Unit } from '../format/units';
import { formatValue } from '../format/units';
import type { ChartSeries } from './time_chart';
import { seriesClass } from './palette';
import { statisticsOf } from './series';

export function swatchClass(color: ChartSeries['color']): string {
  return typeof color === 'number' ? seriesClass(color) : color.startsWith('#') ? '' : `series-${color}`;
}

interface LegendProps {
  series: readonly ChartSeries[];
  unit: Unit;
  rightUnit?: Unit;
  hidden: ReadonlySet<string>;
  onToggle: (label: string, isAlone: boolean) => void;
}

/** A click hides or shows a series, with Ctrl or Shift it shows that one alone. */
export function Legend({ series, unit, rightUnit, hidden, onToggle }: LegendProps) {
  return (
    <ul class="legend">
      {series.map((one) => {
        const { avg, max } = statisticsOf(one.values);
        const itsUnit = one.axis === 'right' ? rightUnit ?? unit : unit;
        const raw = typeof one.color === 'string' && one.color.startsWith('#') ? { color: one.color } : undefined;
        return (
          <li key={one.label}>
            <button
              type="button"
              aria-pressed={!hidden.has(one.label)}
              title={`${one.label}: click hides or shows it, Ctrl-click shows it alone`}
              onClick={(event) => onToggle(one.label, event.ctrlKey || event.metaKey || event.shiftKey)}
            >
              <i class={`swatch ${swatchClass(one.color)}${one.isBehind ? ' behind' : ''}`} style={raw} aria-hidden="true" />
              <span class="legend-label">{one.label}</span>
              <span class="legend-value">avg {formatValue(avg, itsUnit)}</span>
              <span class="legend-value">max {formatValue(max, itsUnit)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
