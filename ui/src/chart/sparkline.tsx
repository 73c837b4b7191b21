import { downsample } from './series';
import type { Values } from './series';

interface SparklineProps {
  values: Values;
  /** The period before, pale and dashed, by the same measure. */
  behind?: Values | undefined;
  width?: number;
  height?: number;
  class?: string;
}

const highestOf = (values: Values) => values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), 0);

function pathOf(values: Values, highest: number, width: number, height: number): string {
  const less = downsample(values.map((_, index) => index), values, Math.floor(width / 2));
  const last = Math.max(values.length - 1, 1);
  let path = '';
  let isDown = false;
  less.values.forEach((value, index) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const x = (less.timesMs[index]! / last) * (width - 2) + 1;
    const y = height - 1.5 - (highest > 0 ? value / highest : 0) * (height - 3);
    path += `${isDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    if (!isDown && (index + 1 >= less.values.length || less.values[index + 1] === null)) path += 'h0.1';
    isDown = true;
  });
  return path;
}

/** A line without axes: the shape of a series in a table's cell or a tile. Zero is at the bottom, gaps stay gaps. */
export function Sparkline({ values, behind, width = 110, height = 20, class: extra = 'series-0' }: SparklineProps) {
  const highest = Math.max(highestOf(values), behind ? highestOf(behind) : 0);
  return (
    <svg class={`sparkline ${extra}`} viewBox={`0 0 ${width} ${height}`} width={width} height={height} preserveAspectRatio="none" aria-hidden="true">
      {behind && <path class="series-previous before" d={pathOf(behind, highest, width, height)} fill="none" stroke="currentColor" stroke-width="1" stroke-dasharray="3 2" vector-effect="non-scaling-stroke" />}
      <path d={pathOf(values, highest, width, height)} fill="none" stroke="currentColor" stroke-width="1.3" stroke-linecap="round" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
