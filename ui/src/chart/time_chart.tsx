import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { usePreferences } from '../app/preferences';
import type { Unit } from '../format/units';
import type { Span } from '../time/range';
import { Legend } from './legend';
import type { Values } from './series';
import type { ChartHandle } from './plot';
import { drawPlot } from './plot';

export interface ChartSeries {
  label: string;
  values: Values;
  /** An index into the palette, or the name of a colour of palette.ts, or a CSS colour. */
  color: number | 'other' | 'previous' | 'accept' | 'reject' | `#${string}`;
  axis?: 'left' | 'right';
  style?: 'line' | 'area' | 'bars';
  /** Drawn pale and dashed, outside of stacks: the period before. */
  isBehind?: boolean;
}

export interface HorizontalMark {
  value: number;
  label?: string;
  color?: ChartSeries['color'];
  axis?: 'left' | 'right';
  /** Shades the side on which values breach. */
  fill?: 'above' | 'below';
}

export interface VerticalBand {
  fromMs: number;
  untilMs: number;
  label?: string;
  color?: ChartSeries['color'];
}

export interface TimeChartProps {
  label: string;
  timesMs: readonly number[];
  series: readonly ChartSeries[];
  span: Span;
  kind?: 'line' | 'stacked';
  unit: Unit;
  rightUnit?: Unit;
  height?: number;
  leftRange?: { min?: number; max?: number };
  rightRange?: { min?: number; max?: number };
  horizontals?: readonly HorizontalMark[];
  bands?: readonly VerticalBand[];
  /** Charts of one group share the cursor's line. */
  group?: string;
  legend?: 'none' | 'bottom' | 'right';
  onZoom?: (span: Span) => void;
  onPick?: (seriesIndex: number, timeMs: number) => void;
  handle?: (handle: ChartHandle | null) => void;
}

/** Lines, areas, stacks and bars over time. Dragging zooms, clicking picks, a gap stays a gap. */
export function TimeChart(props: TimeChartProps) {
  const { series, kind = 'line', height = 240, legend = 'bottom', label } = props;
  const { isDark, zone } = usePreferences();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<{ update: (next: TimeChartProps) => void; destroy: () => void } | null>(null);
  const shown = useMemo(() => series.filter((one) => !hidden.has(one.label)), [series, hidden]);
  const visible: TimeChartProps = {
    ...props,
    series: shown,
    onPick: props.onPick && ((index, timeMs) => props.onPick!(series.indexOf(shown[index]!), timeMs)),
  };
  // What cannot change in a plot that stands; all else is given to it as it comes.
  const shape = JSON.stringify([
    kind, props.unit, props.rightUnit, height, isDark, zone, props.group,
    shown.map((one) => [one.label, one.color, one.axis, one.style, one.isBehind]),
  ]);
  useEffect(() => {
    const made = drawPlot(host.current!, visible, { zone });
    plot.current = made;
    props.handle?.(made.handle);
    return () => {
      props.handle?.(null);
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.update(visible));
  const toggle = (name: string, isAlone: boolean) => {
    if (isAlone) {
      const others = series.map((one) => one.label).filter((one) => one !== name);
      const isAlreadyAlone = others.every((one) => hidden.has(one)) && !hidden.has(name);
      setHidden(new Set(isAlreadyAlone ? [] : others));
    } else {
      const next = new Set(hidden);
      if (!next.delete(name)) next.add(name);
      setHidden(next);
    }
  };
  return (
    <div class={`chart legend-${legend}`}>
      <div class="chart-plot" ref={host} role="img" aria-label={`${label}: ${shown.length} series`} style={{ height: `${height}px` }} />
      {legend !== 'none' && <Legend series={series} unit={props.unit} rightUnit={props.rightUnit} hidden={hidden} onToggle={toggle} />}
    </div>
  );
}

