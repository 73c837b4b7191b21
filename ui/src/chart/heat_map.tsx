import { useEffect, useRef, useState } from 'preact/hooks';
import { usePreferences } from '../app/preferences';
import type { Unit } from '../format/units';
import { formatValue } from '../format/units';
import { formatShort, offsetOf } from '../time/format';
import type { Span } from '../time/range';
import { heatLevel, heatTicks } from './heat';
import type { Values } from './series';

interface HeatMapProps {
  label: string;
  timesMs: readonly number[];
  stepMs: number;
  span: Span;
  rows: ReadonlyArray<{ label: string; values: Values }>;
  unit: Unit;
  onPick?: (row: number, timeMs: number) => void;
  onZoom?: (span: Span) => void;
  handle?: (picture: (() => Promise<Blob | null>) | null) => void;
}

const LABEL_WIDTH = 190;
const ROW_HEIGHT = 24;
const AXIS_HEIGHT = 22;
const TICK_WIDTH = 100;

/** One row a series, one cell a step; colour by the logarithm of the value, nothing where there is none. */
export function HeatMap({ label, timesMs, stepMs, span, rows, unit, onPick, onZoom, handle }: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [hover, setHover] = useState<{ row: number; index: number; x: number; y: number } | null>(null);
  const dragFrom = useRef<number | null>(null);
  const { isDark, zone } = usePreferences();
  const labelWidth = Math.min(LABEL_WIDTH, width * 0.35);
  const plotWidth = Math.max(width - labelWidth, 1);
  const height = rows.length * ROW_HEIGHT + AXIS_HEIGHT;
  let highest = 0;
  for (const row of rows) for (const value of row.values) highest = Math.max(highest, value ?? 0);

  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 0));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    handle?.(() => new Promise((resolve) => canvas.current!.toBlob(resolve, 'image/png')));
    return () => handle?.(null);
  }, []);
  const placeOf = (ms: number) => labelWidth + ((ms - span.sinceMs) / (span.untilMs - span.sinceMs)) * plotWidth;
  useEffect(() => {
    const element = canvas.current;
    if (!element || width === 0) return;
    const ratio = devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    const context = element.getContext('2d')!;
    context.scale(ratio, ratio);
    const style = getComputedStyle(element);
    const read = (name: string) => style.getPropertyValue(name).trim();
    context.fillStyle = read('--surface');
    context.fillRect(0, 0, width, height);
    context.font = `12px ${style.fontFamily}`;
    context.textBaseline = 'middle';
    rows.forEach((row, index) => {
      const top = index * ROW_HEIGHT;
      context.fillStyle = read('--text');
      context.fillText(fitted(context, row.label, labelWidth - 10), 0, top + ROW_HEIGHT / 2);
      row.values.forEach((value, step) => {
        const left = Math.max(placeOf(timesMs[step]!), labelWidth);
        const right = Math.min(placeOf(timesMs[step]! + stepMs), width);
        if (right <= left) return;
        const level = heatLevel(value, highest);
        if (level === null) return;
        context.fillStyle = level === 0 ? read('--sunken') : read(`--heat-${level}`);
        context.fillRect(left, top + 1, Math.max(right - left - (right - left > 4 ? 1 : 0), 0.5), ROW_HEIGHT - 2);
      });
    });
    context.fillStyle = read('--text-muted');
    for (const ms of heatTicks(span, offsetOf(span.sinceMs, zone), Math.max(2, Math.floor(plotWidth / TICK_WIDTH)))) {
      const text = formatShort(ms, zone, span);
      const textWidth = context.measureText(text).width;
      const left = placeOf(ms) - textWidth / 2;
      if (left >= labelWidth - 10 && left + textWidth <= width) context.fillText(text, left, height - AXIS_HEIGHT / 2);
    }
  }, [rows, width, isDark, zone, span]);

  const at = (event: PointerEvent) => {
    const bounds = canvas.current!.getBoundingClientRect();
    const x = event.clientX - bounds.left;
    const y = event.clientY - bounds.top;
    const ms = span.sinceMs + ((x - labelWidth) / plotWidth) * (span.untilMs - span.sinceMs);
    const index = timesMs.findIndex((one) => ms >= one && ms < one + stepMs);
    return { x, y, ms, row: Math.floor(y / ROW_HEIGHT), index };
  };
  return (
    <div class="heat-map" ref={box} data-rows={rows.length} data-highest={highest}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${label}: ${rows.length} rows, highest ${formatValue(highest, unit)}`}
        style={{ width: '100%', height: `${height}px` }}
        onPointerDown={(event) => {
          dragFrom.current = at(event).ms;
          canvas.current!.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const place = at(event);
          setHover(place.row < rows.length && place.index >= 0 ? place : null);
        }}
        onPointerLeave={() => setHover(null)}
        onPointerUp={(event) => {
          const place = at(event);
          const from = dragFrom.current;
          dragFrom.current = null;
          const movedPx = from === null ? 0 : Math.abs(((place.ms - from) / (span.untilMs - span.sinceMs)) * plotWidth);
          if (from !== null && movedPx > 6) onZoom?.({ sinceMs: Math.round(Math.min(from, place.ms)), untilMs: Math.round(Math.max(from, place.ms)) });
          else if (place.row < rows.length && place.index >= 0) onPick?.(place.row, timesMs[place.index]!);
        }}
      />
      {hover && (
        <div class="chart-tooltip" style={{ transform: `translate(${Math.min(hover.x + 12, width - 220)}px, ${hover.y + 14}px)` }}>
          <strong>{formatShort(timesMs[hover.index]!, zone, span)}</strong>
          <div><span>{rows[hover.row]!.label}</span><b>{formatValue(rows[hover.row]!.values[hover.index], unit)}</b></div>
        </div>
      )}
      <p class="heat-scale muted small">
        <span>0</span>{[1, 2, 3, 4, 5, 6, 7].map((level) => <i key={level} class={`heat-${level}`} />)}<span>{formatValue(highest, unit)}</span>
        <span>(logarithmic)</span>
      </p>
    </div>
  );
}

function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}
