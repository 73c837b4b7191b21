// One uPlot in an element. Colours are read from the theme's custom properties, since a canvas does not know CSS.
import uPlot from 'uplot';
import { formatValue } from '../format/units';
import type { Zone } from '../time/range';
import type { ChartColors } from './palette';
import { readColors } from './palette';
import { drawBands, drawHorizontals } from './marks';
import { pagePicture } from './page_picture';
import { gapsOf, lonePoints, stack } from './series';
import { extremesOf, isDense, nearestIndex, thin, type Column, type Extremes } from './thin';
import type { ChartSeries, TimeChartProps } from './time_chart';
import { Tooltip } from './tooltip';

/** What tests and PNG export see of a chart that is drawn; also the element's member `weirChart`. */
export interface ChartHandle {
  describe: () => ChartDescription;
  picture: () => Promise<Blob | null>;
}

export interface ChartDescription {
  series: Array<{ label: string; points: number; gaps: Array<[number, number]> }>;
  xRange: [number, number];
  yRange: [number, number];
  /** Pixels from the left and from the top of the plotting area, by series and point. */
  place: (series: number, point: number) => { x: number; y: number; value: number | null };
}

declare global {
  interface HTMLElement {
    weirChart?: ChartHandle;
  }
}

const MANY_POINTS = 3000;
const AXIS_WIDTH = 66;

export function colorOf(color: ChartSeries['color'], colors: ChartColors): string {
  if (typeof color === 'number') return colors.series[color % colors.series.length]!;
  if (color === 'other' || color === 'previous' || color === 'accept' || color === 'reject') return colors[color];
  return color;
}

function translucent(color: string, share: number): string {
  return /^#[0-9a-f]{6}$/i.test(color) ? `${color}${Math.round(share * 255).toString(16).padStart(2, '0')}` : color;
}

function tableOf(props: TimeChartProps): uPlot.AlignedData {
  const stacked = props.series.filter((one) => !one.isBehind);
  const tops = props.kind === 'stacked' ? stack(stacked.map((one) => one.values)).tops : null;
  let next = 0;
  const columns = props.series.map((one) => (tops && !one.isBehind ? tops[next++]! : (one.values as Array<number | null>)));
  return [props.timesMs as number[], ...columns];
}

function seriesOptions(one: ChartSeries, isStacked: boolean, colors: ChartColors, scale: number, rowOf: () => readonly (number | null)[]): uPlot.Series {
  const stroke = colorOf(one.color, colors);
  const isBars = one.style === 'bars';
  const isFilled = !one.isBehind && (isStacked || one.style === 'area' || isBars);
  return {
    label: one.label,
    scale: one.axis === 'right' ? 'right' : 'y',
    stroke,
    // Lines of many points a pixel are drawn several times faster one pixel wide.
    width: ((isStacked && !one.isBehind) || one.values.length > MANY_POINTS ? 1 : 1.5) * scale,
    dash: one.isBehind ? [5 * scale, 4 * scale] : undefined,
    fill: isFilled ? translucent(stroke, isStacked || isBars ? 0.75 : 0.14) : undefined,
    paths: isBars ? uPlot.paths.bars!({ size: [0.8, 48 * scale], align: 1 }) : undefined,
    spanGaps: false,
    points: isBars
      ? { show: false }
      : { show: true, size: 4 * scale, width: 0, fill: stroke, filter: () => lonePoints(rowOf()) },
  };
}

export function drawPlot(host: HTMLElement, first: TimeChartProps, { zone }: { zone: Zone }) {
  let props = first;
  const colors = readColors(host);
  const isStacked = props.kind === 'stacked';
  const hasRight = props.series.some((one) => one.axis === 'right');
  const tooltip = new Tooltip(host, zone);
  // All points, and those of them that are drawn: two a pixel at most, but for bars, which are as wide as their step.
  let whole = tableOf(props);
  let extremes: Extremes[] | null = null;
  let indices: readonly number[] | null = null;
  const hasBars = props.series.some((one) => one.style === 'bars');
  const drawnTable = (width: number): uPlot.AlignedData => {
    const [timesMs, ...columns] = whole;
    const pixels = Math.round((width - AXIS_WIDTH) * devicePixelRatio);
    if (hasBars || !isDense(timesMs.length, pixels)) {
      indices = null;
      return whole;
    }
    extremes ??= (columns as Column[]).map(extremesOf);
    const few = thin(timesMs as number[], columns as Column[], pixels, extremes);
    indices = few?.indices ?? null;
    return few ? [few.timesMs, ...few.columns] : whole;
  };
  const pointAt = (u: uPlot): number | null => {
    const { idx, left } = u.cursor;
    if (idx === null || idx === undefined) return null;
    return indices === null || left === undefined ? idx : nearestIndex(props.timesMs, u.posToVal(left, 'x'));
  };
  const rangeOf = (axis: 'left' | 'right') => (_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax => {
    const fixed = axis === 'left' ? props.leftRange : props.rightRange;
    const lowest = Math.min(low ?? 0, 0);
    const highest = Math.max(high ?? 0, ...(props.horizontals ?? []).filter((mark) => (mark.axis ?? 'left') === axis).map((mark) => mark.value));
    const [min, max] = uPlot.rangeNum(lowest, highest > lowest ? highest : lowest + 1, 0.06, true);
    return [fixed?.min ?? (lowest === 0 ? 0 : min ?? 0), fixed?.max ?? max ?? 1];
  };
  const fontAt = (scale: number): string => `${11 * scale}px ${getComputedStyle(host).fontFamily}`;
  const valueAxis = (axis: 'left' | 'right', scale: number): uPlot.Axis => ({
    scale: axis === 'right' ? 'right' : 'y',
    side: axis === 'right' ? 1 : 3,
    size: AXIS_WIDTH * scale,
    gap: 6 * scale,
    space: 30 * scale,
    font: fontAt(scale),
    stroke: colors.axis,
    grid: { show: axis === 'left', stroke: colors.grid, width: scale },
    ticks: { show: false },
    values: (_, splits) => splits.map((value) => formatValue(value, axis === 'right' ? props.rightUnit ?? props.unit : props.unit)),
  });
  // Bands join a stack's series with the one below it.
  const bands: uPlot.Band[] = [];
  if (isStacked) {
    const places = props.series.flatMap((one, index) => (one.isBehind ? [] : [index + 1]));
    for (let index = 1; index < places.length; index += 1) bands.push({ series: [places[index]!, places[index - 1]!] });
  }
  let drag = false;
  // `scale` is 1 on the page, more for a picture of it.
  const optionsAt = (scale: number, hooks: uPlot.Hooks.Arrays): uPlot.Options => ({
    width: Math.max(host.clientWidth, 120) * scale,
    height: (props.height ?? 240) * scale,
    ms: 1,
    tzDate: (ms) => (zone === 'utc' ? uPlot.tzDate(new Date(ms), 'Etc/UTC') : new Date(ms)),
    legend: { show: false },
    padding: [8 * scale, hasRight ? 0 : 18 * scale, 0, 0],
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: 6 },
      points: { size: 6, width: 0, fill: (u, index) => String(typeof u.series[index]!.stroke === 'function' ? (u.series[index]!.stroke as (self: uPlot, i: number) => string)(u, index) : u.series[index]!.stroke) },
      sync: props.group && scale === 1 ? { key: props.group, setSeries: false } : undefined,
      focus: { prox: 24 },
    },
    focus: { alpha: 1 },
    scales: {
      x: { time: true, range: () => [props.span.sinceMs, props.span.untilMs] },
      y: { range: rangeOf('left') },
      ...(hasRight ? { right: { range: rangeOf('right') } } : {}),
    },
    axes: [
      { stroke: colors.axis, grid: { show: false }, ticks: { stroke: colors.grid, size: 4 * scale, width: scale }, font: fontAt(scale), size: 34 * scale, gap: 4 * scale, space: 50 * scale, values: [
        // The minimal divisions of time, and what is said at each and where a day or year begins.
        [31_536_000_000, '{YYYY}', null, null, null, null, null, null, 1],
        [2_419_200_000, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
        [86_400_000, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
        [60_000, '{HH}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
        [1000, '{HH}:{mm}:{ss}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
        [1, '{HH}:{mm}:{ss}.{fff}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
      ] },
      valueAxis('left', scale),
      ...(hasRight ? [valueAxis('right', scale)] : []),
    ],
    series: [
      {},
      ...props.series.map((one, index) => seriesOptions(one, isStacked, colors, scale, () => (plot?.data[index + 1] ?? []) as Array<number | null>)),
    ],
    bands,
    hooks: {
      ...hooks,
      drawClear: [(u) => drawBands(u, props.bands ?? [], colors)],
      draw: [(u) => drawHorizontals(u, props.horizontals ?? [], colors, scale)],
    },
  });
  const plot = new uPlot(
    optionsAt(1, {
      setCursor: [(u) => tooltip.follow(u, props, colors, pointAt(u))],
      setSelect: [(u) => {
        drag = u.select.width > 0;
        if (!drag) return;
        const sinceMs = u.posToVal(u.select.left, 'x');
        const untilMs = u.posToVal(u.select.left + u.select.width, 'x');
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        if (untilMs - sinceMs >= 1000) props.onZoom?.({ sinceMs: Math.round(sinceMs), untilMs: Math.round(untilMs) });
      }],
    }),
    drawnTable(Math.max(host.clientWidth, 120)),
    host,
  );
  plot.over.addEventListener('click', () => {
    const drawnIndex = plot.cursor.idx;
    const index = pointAt(plot);
    if (drag || index === null || drawnIndex === null || drawnIndex === undefined || !props.onPick) {
      drag = false;
      return;
    }
    const picked = nearest(plot, drawnIndex, isStacked);
    if (picked >= 0) props.onPick(picked, props.timesMs[index]!);
  });
  plot.over.addEventListener('mouseleave', () => tooltip.hide());
  plot.over.classList.toggle('picks', props.onPick !== undefined);
  const observer = new ResizeObserver(() => {
    if (host.clientWidth === 0 || host.clientWidth === plot.width) return;
    plot.setSize({ width: host.clientWidth, height: plot.height });
    if (indices !== null || isDense(whole[0].length, host.clientWidth * devicePixelRatio)) plot.setData(drawnTable(host.clientWidth), true);
  });
  observer.observe(host);
  const handle: ChartHandle = {
    describe: () => ({
      series: props.series.map((one) => ({ label: one.label, points: one.values.filter((value) => value !== null).length, gaps: gapsOf(one.values) })),
      xRange: [plot.scales.x!.min!, plot.scales.x!.max!],
      yRange: [plot.scales.y!.min!, plot.scales.y!.max!],
      place(series, point) {
        const value = whole[series + 1]?.[point] ?? null;
        return { x: plot.valToPos(whole[0][point]!, 'x'), y: value === null ? NaN : plot.valToPos(value, plot.series[series + 1]!.scale!), value };
      },
    }),
    picture: () => pagePicture(host.closest<HTMLElement>('.chart') ?? host),
  };
  host.weirPicture = async (ratio) => {
    const copy = new uPlot(optionsAt(ratio / devicePixelRatio, {}), drawnTable(Math.max(host.clientWidth, 120)), document.createElement('div'));
    await new Promise((resolve) => setTimeout(resolve)); // it draws once this task is done
    copy.destroy();
    return copy.ctx.canvas;
  };
  host.weirChart = handle;
  host.dataset.series = String(props.series.length);
  return {
    handle,
    update(next: TimeChartProps) {
      const isSame = next.timesMs === props.timesMs && next.span === props.span && next.horizontals === props.horizontals &&
        next.bands === props.bands && next.series.length === props.series.length &&
        next.series.every((one, index) => one.values === props.series[index]!.values);
      props = next;
      if (isSame) return;
      whole = tableOf(props);
      extremes = null;
      plot.setData(drawnTable(plot.width), true);
    },
    destroy() {
      observer.disconnect();
      tooltip.destroy();
      plot.destroy();
      delete host.weirChart;
    },
  };
}

/** The series under the cursor: the band of a stack, else the line next to it; -1 where there is none. */
function nearest(plot: uPlot, index: number, isStacked: boolean): number {
  const top = plot.cursor.top ?? 0;
  let best = -1;
  let bestDistance = Infinity;
  for (let series = 1; series < plot.series.length; series += 1) {
    const value = plot.data[series]?.[index];
    if (value === null || value === undefined) continue;
    const distance = plot.valToPos(value, plot.series[series]!.scale!) - top;
    // In a stack the series is the lowest whose top lies above the cursor.
    if (isStacked && distance > 0) continue;
    if (Math.abs(distance) < bestDistance) {
      best = series - 1;
      bestDistance = Math.abs(distance);
    }
  }
  return best;
}
