// Pies, bars and gauges: few marks, drawn as SVG and plain elements.
import { formatValue } from '../../format/units';
import { seriesClass } from '../../chart/palette';

export interface Part {
  label: string;
  value: number;
  color?: string | undefined;
}

function styleOf(part: Part): { color: string } | undefined {
  return part.color === undefined ? undefined : { color: part.color };
}

function arcPath(from: number, to: number, outer: number, inner: number): string {
  const at = (turn: number, radius: number): string =>
    `${(Math.sin(turn * 2 * Math.PI) * radius).toFixed(3)} ${(-Math.cos(turn * 2 * Math.PI) * radius).toFixed(3)}`;
  const end = Math.min(to, from + 0.99999); // a full circle is no arc
  const large = end - from > 0.5 ? 1 : 0;
  return `M${at(from, outer)}A${outer} ${outer} 0 ${large} 1 ${at(end, outer)}L${at(end, inner)}A${inner} ${inner} 0 ${large} 0 ${at(from, inner)}Z`;
}

const MOST_SLICES = 12;

/** Slices past the twelfth are one: a pie of more tells nothing. */
export function Pie({ label, parts }: { label: string; parts: readonly Part[] }) {
  const rest = parts.slice(MOST_SLICES);
  const slices: Part[] = rest.length > 1 ? [...parts.slice(0, MOST_SLICES), { label: `${rest.length} others`, value: rest.reduce((sum, part) => sum + part.value, 0) }] : [...parts];
  const total = slices.reduce((sum, part) => sum + part.value, 0);
  let turn = 0;
  return (
    <div class="pie" role="figure" aria-label={label} data-drawn={JSON.stringify({ kind: 'pie', slices })}>
      <svg viewBox="-50 -50 100 100" role="img" aria-label={`${label}: ${slices.length} slices`}>
        {slices.map((slice, i) => {
          const from = turn;
          turn += total > 0 ? slice.value / total : 0;
          return (
            <path key={slice.label} class={seriesClass(i)} style={styleOf(slice)} fill="currentColor" d={arcPath(from, turn, 48, 27)}>
              <title>{`${slice.label}: ${formatValue(slice.value, 'plain')}`}</title>
            </path>
          );
        })}
        <text x="0" y="3.5" text-anchor="middle">
          {formatValue(total, 'plain')}
        </text>
      </svg>
      <ul class="part-list">
        {slices.map((slice, i) => (
          <li key={slice.label}>
            <span class={`swatch ${seriesClass(i)}`} style={slice.color === undefined ? undefined : { background: slice.color }} />
            <span class="legend-label" title={slice.label}>{slice.label}</span>
            <b>{formatValue(slice.value, 'plain')}</b>
            <span class="muted">{total > 0 ? `${((slice.value / total) * 100).toFixed(1)} %` : ''}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Bars that lie, so that their labels can be read. */
export function Bars({ label, parts }: { label: string; parts: readonly Part[] }) {
  const low = Math.min(0, ...parts.map((part) => part.value));
  const high = Math.max(0, ...parts.map((part) => part.value));
  const scale = high - low || 1;
  return (
    <ul class="value-bars" aria-label={label} data-drawn={JSON.stringify({ kind: 'bars', slices: parts })}>
      {parts.map((part, i) => (
        <li key={`${part.label}-${i}`}>
          <span class="legend-label" title={part.label}>{part.label}</span>
          <span class="bar-track">
            <span
              class={`bar-fill ${seriesClass(i)}`}
              style={{
                left: `${((Math.min(0, part.value) - low) / scale) * 100}%`,
                width: `${(Math.abs(part.value) / scale) * 100}%`,
                ...(part.color === undefined ? {} : { background: part.color }),
              }}
            />
          </span>
          <b>{formatValue(part.value, 'plain')}</b>
        </li>
      ))}
    </ul>
  );
}

export function Gauge({ part, min, max }: { part: Part; min: number; max: number }) {
  const share = max > min ? Math.min(1, Math.max(0, (part.value - min) / (max - min))) : 0;
  return (
    <figure class="gauge" data-drawn={JSON.stringify({ kind: 'gauge', value: part.value, min, max, share })}>
      <svg viewBox="-52 -52 104 72" role="img" aria-label={`${part.label}: ${formatValue(part.value, 'plain')} between ${min} and ${max}`}>
        <g transform="rotate(-100)">
          <path class="gauge-track" d={arcPath(0, 200 / 360, 50, 40)} />
          <path class={seriesClass(0)} style={styleOf(part)} fill="currentColor" d={arcPath(0, (share * 200) / 360, 50, 40)} />
        </g>
        <text class="gauge-value" x="0" y="-4" text-anchor="middle">
          {formatValue(part.value, 'plain')}
        </text>
        <text class="gauge-bound" x="-45" y="19" text-anchor="middle">
          {formatValue(min, 'plain')}
        </text>
        <text class="gauge-bound" x="45" y="19" text-anchor="middle">
          {formatValue(max, 'plain')}
        </text>
      </svg>
      <figcaption class="legend-label">{part.label}</figcaption>
    </figure>
  );
}

/** A line without axes, behind a single value. */
export function Sparkline({ values, index }: { values: readonly (number | null)[]; index: number }) {
  const present = values.filter((value) => value !== null);
  const low = Math.min(...present);
  const high = Math.max(...present);
  let path = '';
  let isBroken = true;
  values.forEach((value, i) => {
    if (value === null) {
      isBroken = true;
      return;
    }
    const x = values.length > 1 ? (i / (values.length - 1)) * 100 : 50;
    const y = high > low ? 28 - ((value - low) / (high - low)) * 26 : 15;
    path += `${isBroken ? 'M' : 'L'}${x.toFixed(2)} ${y.toFixed(2)}`;
    isBroken = false;
  });
  return (
    <svg class={`sparkline value-sparkline ${seriesClass(index)}`} viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" stroke-width="1.5" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
