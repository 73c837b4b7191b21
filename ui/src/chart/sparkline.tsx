import { downsample } from './series';
import type { Values } from './series';

interface SparklineProps {
  values: Values;
  width?: number;
  height?: number;
  class?: string;
}

/** A line without axes: the shape of a series in a table's cell or a tile. Zero is at the bottom, gaps stay gaps. */
export function Sparkline({ values, width = 110, height = 20, class: extra = 'series-0' }: SparklineProps) {
  const less = downsample(values.map((_, index) => index), values, Math.floor(width / 2));
  let highest = 0;
  for (const value of less.values) highest = Math.max(highest, value ?? 0);
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
  return (
    <svg class={`sparkline ${extra}`} viewBox={`0 0 ${width} ${height}`} width={width} height={height} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" stroke-width="1.3" stroke-linecap="round" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
