import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { usePreferences } from '../app/preferences';
import { readColors, type ChartColors } from '../chart/palette';
import { stack } from '../chart/series';
import { formatValue } from '../format/units';
import { formatMoment, formatShort } from '../time/format';
import type { Span } from '../time/range';
import type { Interval } from '../alarm/breaches';
import type { Annotation } from './annotations';
import { drawBehind, drawInFront } from './annotation_drawing';
import { axisRange, extentOf, gapsIn, type AxisOptions, type Drawn } from './plot_model';
import { joinTimes } from './series_data';

export interface ChartLine {
  label: string;
  timesMs: number[];
  values: (number | null)[];
  lows?: (number | null)[] | null;
  highs?: (number | null)[] | null;
  color?: string | undefined;
  axis?: 'left' | 'right';
}

export interface MetricChartProps {
  label: string;
  lines: readonly ChartLine[];
  span: Span;
  kind?: 'line' | 'area' | 'bars';
  left?: AxisOptions;
  right?: AxisOptions;
  horizontal?: readonly Annotation[];
  vertical?: readonly Annotation[];
  breaches?: readonly Interval[];
  legend?: 'bottom' | 'right' | 'hidden';
  onZoom?: (span: Span) => void;
}

interface Hover {
  index: number;
  x: number;
}

type Column = (number | null | undefined)[];

// Constants, since a new object would have the chart drawn anew.
const ANY: AxisOptions = {};
const NONE: readonly never[] = [];

/** Bars need as much room to the right as their bin is long. */
function binMs(timesMs: readonly number[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < timesMs.length; ++i) step = Math.min(step, timesMs[i]! - timesMs[i - 1]!);
  return Number.isFinite(step) ? step : 0;
}

function lonePoints(_plot: uPlot, _series: number, isShown: boolean, _gaps?: null | number[][], values?: Column): number[] | null {
  if (isShown || !values) return null;
  const isAbsent = (i: number): boolean => values[i] === null || values[i] === undefined;
  const lone = values.map((_, i) => i).filter((i) => !isAbsent(i) && isAbsent(i - 1) && isAbsent(i + 1));
  return lone.length > 0 ? lone : null;
}

export function MetricChart(props: MetricChartProps) {
  const { label, lines, span, kind = 'line', left = ANY, right = ANY, horizontal = NONE, vertical = NONE, breaches = NONE, legend = 'bottom', onZoom } = props;
  const { isDark, zone } = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [hover, setHover] = useState<Hover | null>(null);
  const colors = useMemo<ChartColors>(() => readColors(), [isDark]);
  const colorOf = (i: number): string => lines[i]?.color ?? colors.series[i % colors.series.length] ?? colors.text;
  const shown = lines.map((line, i) => ({ line, color: colorOf(i) })).filter(({ line }) => !hidden.has(line.label));
  const joined = useMemo(() => joinTimes(shown.map(({ line }) => line)), [lines, hidden]);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || element.clientWidth === 0) return;
    const isStacked = kind !== 'line';
    const sums: Column[] = isStacked ? stack(joined.columns.map((column) => column.map((value) => value ?? null))).tops : joined.columns;
    const scaleOf = (i: number): 'left' | 'right' => (isStacked ? 'left' : (shown[i]?.line.axis ?? 'left'));
    const hasRight = shown.some((_, i) => scaleOf(i) === 'right');
    const rangeOf = (side: 'left' | 'right', options: AxisOptions): [number, number] => {
      const own = sums.filter((_, i) => scaleOf(i) === side);
      const extremes = shown.filter((_, i) => scaleOf(i) === side && !isStacked).flatMap(({ line }) => [line.lows ?? [], line.highs ?? []]);
      return axisRange(extentOf([...own, ...extremes], horizontal.filter((one) => one.axis === side)), options, isStacked);
    };
    const ranges = { left: rangeOf('left', left), right: rangeOf('right', right) };
    // Bars stand before each other: the tallest sums are drawn first.
    const order = shown.map((_, i) => i);
    if (kind === 'bars') order.reverse();
    const data: Column[] = [joined.timesMs];
    const bands: uPlot.Band[] = [];
    const series: ((scale: number) => uPlot.Series)[] = [() => ({})];
    for (const i of order) {
      const color = shown[i]!.color;
      series.push((scale) => ({
        label: shown[i]!.line.label,
        scale: scaleOf(i),
        stroke: color,
        width: kind === 'bars' ? 0 : 1.5 * scale,
        ...(kind === 'line' ? {} : { fill: kind === 'bars' ? color : `${color}66` }),
        ...(kind === 'bars' && uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.85, 80 * scale], align: 1 }) } : {}),
        points: {
          ...(kind === 'line' ? {} : { show: () => false }),
          size: 5 * scale,
          space: 12 * scale,
          fill: color,
          filter: (plot, index, isShown, gaps) => lonePoints(plot, index, isShown, gaps, data[index]),
        },
      }));
      data.push(sums[i]!);
      if (kind === 'area' && i > 0) bands.push({ series: [i + 1, i], fill: `${color}66` });
    }
    if (kind === 'line') {
      for (const i of order) {
        const { line, color } = shown[i]!;
        if (!line.lows || !line.highs) continue;
        const extremes = joinTimes([
          { timesMs: joined.timesMs, values: joined.timesMs.map(() => null) },
          { timesMs: line.timesMs, values: line.highs },
          { timesMs: line.timesMs, values: line.lows },
        ]);
        const at = series.length;
        for (const column of extremes.columns.slice(1)) {
          series.push(() => ({ scale: scaleOf(i), width: 0, points: { show: false } }));
          data.push(column);
        }
        bands.push({ series: [at, at + 1], fill: `${color}33` });
      }
    }
    const until = kind === 'bars' ? Math.max(span.untilMs, (joined.timesMs.at(-1) ?? 0) + binMs(joined.timesMs)) : span.untilMs;
    const optionsAt = (scale: number, hooks: uPlot.Hooks.Arrays): uPlot.Options => {
      const drawing = { colors, horizontal, vertical, breaches, scale };
      const axis = { stroke: colors.axis, font: `${11 * scale}px system-ui, sans-serif`, gap: 5 * scale, grid: { stroke: colors.grid, width: scale }, ticks: { show: false } };
      return {
        ms: 1,
        width: element.clientWidth * scale,
        height: Math.max(40, element.clientHeight) * scale,
        legend: { show: false },
        padding: [8 * scale, (hasRight ? 4 : 18) * scale, 0, 0],
        ...(zone === 'utc' ? { tzDate: (ms: number) => uPlot.tzDate(new Date(ms), 'Etc/UTC') } : {}),
        cursor: { y: false, points: { size: 6 }, drag: { x: onZoom !== undefined, y: false, setScale: false } },
        scales: {
          x: { time: true, range: [span.sinceMs, until] },
          left: { range: ranges.left },
          ...(hasRight ? { right: { range: ranges.right } } : {}),
        },
        axes: [
          { ...axis, size: 26 * scale, space: 70 * scale, values: (_plot, splits) => splits.map((ms) => formatShort(ms, zone, span)) },
          valueAxis('left', left, axis, scale),
          ...(hasRight ? [{ ...valueAxis('right', right, axis, scale), side: 1 as const, grid: { show: false } }] : []),
        ],
        series: series.map((one) => one(scale)),
        bands,
        hooks: {
          ...hooks,
          drawClear: [(instance) => drawBehind(instance, drawing)],
          draw: [(instance) => drawInFront(instance, drawing), ...(hooks.draw ?? [])],
        },
      };
    };
    const plot = new uPlot(
      optionsAt(1, {
        draw: [
          (instance) => {
            if (root.current) root.current.dataset['drawn'] = JSON.stringify(drawn(instance));
          },
        ],
        setCursor: [
          (instance) => {
            const { idx, left: x } = instance.cursor;
            setHover(idx === null || idx === undefined || x === undefined || x < 0 ? null : { index: idx, x: x + instance.bbox.left / devicePixelRatio });
          },
        ],
        setSelect: [
          (instance) => {
            const { left: from, width } = instance.select;
            if (width < 4) return;
            const sinceMs = Math.round(instance.posToVal(from, 'x'));
            const untilMs = Math.round(instance.posToVal(from + width, 'x'));
            instance.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            zoom.current?.({ sinceMs, untilMs });
          },
        ],
      }),
      data as uPlot.AlignedData,
      element,
    );
    element.weirPicture = async (ratio) => {
      const copy = new uPlot(optionsAt(ratio / devicePixelRatio, {}), data as uPlot.AlignedData, document.createElement('div'));
      await new Promise((resolve) => setTimeout(resolve)); // it draws once this task is done
      copy.destroy();
      return copy.ctx.canvas;
    };
    const drawn = (instance: uPlot): Drawn => ({
      kind,
      left: shown.some((_, i) => scaleOf(i) === 'left') ? ranges.left : null,
      right: hasRight ? ranges.right : null,
      plot: {
        left: instance.bbox.left,
        top: instance.bbox.top,
        width: instance.bbox.width,
        height: instance.bbox.height,
      },
      series: shown.slice(0, 20).map(({ line, color }, i) => {
        const sum = sums[i]!;
        const present = sum.map((_, at) => at).filter((at) => sum[at] !== null && sum[at] !== undefined);
        const marked = [...new Set([present[0], present[Math.floor(present.length / 2)], present.at(-1)])].filter((at) => at !== undefined);
        return {
          label: line.label,
          color,
          points: present.length,
          gaps: gapsIn(sum),
          marks: marked.map((at) => ({
            value: line.values.length === joined.timesMs.length ? (line.values[at] ?? 0) : (joined.columns[i]![at] ?? 0),
            x: instance.valToPos(joined.timesMs[at]!, 'x') / (instance.bbox.width / devicePixelRatio),
            y: 1 - instance.valToPos(sum[at]!, scaleOf(i)) / (instance.bbox.height / devicePixelRatio),
          })),
        };
      }),
    });
    const follow = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: Math.max(40, element.clientHeight) });
    });
    follow.observe(element);
    return () => {
      follow.disconnect();
      plot.destroy();
      setHover(null);
    };
  }, [lines, hidden, span.sinceMs, span.untilMs, kind, isDark, zone, left.min, left.max, right.min, right.max, horizontal, vertical, breaches]);

  useEffect(() => setHidden((before) => (before.size > 0 && [...before].every((name) => !lines.some((line) => line.label === name)) ? new Set() : before)), [lines]);

  const toggle = (name: string, isAlone: boolean): void => {
    const next = new Set(hidden);
    if (isAlone) {
      const others = lines.map((line) => line.label).filter((other) => other !== name);
      const isAloneNow = !hidden.has(name) && others.every((other) => hidden.has(other));
      setHidden(new Set(isAloneNow ? [] : others));
      return;
    }
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };

  return (
    <div class={`metric-chart legend-${legend}`} ref={root} role="figure" aria-label={label}>
      <div class="metric-chart-plot" ref={box}>
        {hover && (
          <Tooltip hover={hover} width={box.current?.clientWidth ?? 0} title={formatMoment(joined.timesMs[hover.index] ?? 0, zone)}>
            {shown.map(({ line, color }, i) => ({ label: line.label, color, value: joined.columns[i]?.[hover.index] }))}
          </Tooltip>
        )}
      </div>
      {legend !== 'hidden' && (
        <ul class="metric-legend" aria-label={`Series of ${label}`}>
          {lines.map((line, i) => (
            <li key={`${line.label}-${i}`}>
              <button
                type="button"
                aria-pressed={!hidden.has(line.label)}
                title={`${line.label} (a click hides or shows it, with Alt it stands alone)`}
                onClick={(event) => toggle(line.label, event.altKey)}
              >
                <span class="swatch" style={{ background: colorOf(i) }} />
                <span class="legend-label">{line.label}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function valueAxis(scale: string, options: AxisOptions, shared: Partial<uPlot.Axis>, enlarged: number): uPlot.Axis {
  return {
    ...shared,
    scale,
    space: 28 * enlarged,
    ...(options.label === undefined || options.label === '' ? {} : { label: options.label, labelSize: 16 * enlarged, labelFont: `${11 * enlarged}px system-ui, sans-serif`, labelGap: 0 }),
    values: (_plot, splits) => {
      const isLarge = splits.some((value) => Math.abs(value) >= 10_000);
      return splits.map((value) => formatValue(value, isLarge ? 'count' : 'plain'));
    },
    size: (_plot, values) => enlarged * Math.max(34, ...(values ?? []).map((text) => text.length * 6.6 + 14)),
  };
}

interface TooltipProps {
  hover: Hover;
  width: number;
  title: string;
  children: { label: string; color: string; value: number | null | undefined }[];
}

const MOST_TOOLTIP_ROWS = 12;

function Tooltip({ hover, width, title, children }: TooltipProps) {
  const rows = children.filter((row) => row.value !== undefined).sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
  const isRight = hover.x > width / 2;
  return (
    <div class="metric-tooltip" style={isRight ? { right: `${width - hover.x + 10}px` } : { left: `${hover.x + 10}px` }}>
      <strong>{title}</strong>
      {rows.slice(0, MOST_TOOLTIP_ROWS).map((row) => (
        <p key={row.label}>
          <span class="swatch" style={{ background: row.color }} />
          <span class="legend-label">{row.label}</span>
          <b>{row.value === null ? 'no data' : formatValue(row.value ?? null, 'plain')}</b>
        </p>
      ))}
      {rows.length > MOST_TOOLTIP_ROWS && <p class="muted">and {rows.length - MOST_TOOLTIP_ROWS} more</p>}
    </div>
  );
}
