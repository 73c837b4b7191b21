import { useEffect, useRef, useState } from 'preact/hooks';
import type { MapAnswer } from '../../api/types';
import { usePreferences } from '../../app/preferences';
import { canvasPicture } from '../../chart/svg_picture';
import { formatBytes, formatCount } from '../../format/units';
import type { Layout } from './map_layout';
import { edgeWidth, KIND_TITLES, placeLabels, rejectShare } from './map_model';

interface MapCanvasProps {
  answer: MapAnswer;
  layout: Layout;
  chosen: string | null;
  onChoose: (id: string | null) => void;
  onOpen: (id: string) => void;
  handle?: (picture: (() => Promise<Blob | null>) | null) => void;
}

/** What tests see of a map that is drawn, in pixels of the page: the canvas's member `weirMap`. */
interface DrawnMap {
  nodes: Array<{ id: string; position: [number, number]; radius: number }>;
  labels: Array<{ id: string; x: number; y: number; width: number; height: number }>;
}

declare global {
  interface HTMLCanvasElement {
    weirMap?: DrawnMap;
  }
}

interface Camera {
  x: number;
  y: number;
  scale: number;
}

const MOST_LABELS = 160;
/** Of many nodes in little room fewer are named, lest their names hide them. */
const LABELS_OF_MANY = 60;
const MANY_EDGES = 400;
const LEAST_RADIUS = 3;
const MOST_HEIGHT = 620;
const LEAST_HEIGHT = 380;
const SHAPES = { vpc: 'square', subnet: 'square', interface: 'circle', host: 'circle', service: 'diamond', prefix: 'square', internet: 'square' } as const;

/** The picture: drag moves it, the wheel zooms, a click chooses, a double click opens. A list beside it says the same in words. */
export function MapCanvas({ answer, layout, chosen, onChoose, onOpen, handle }: MapCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const height = Math.round(Math.min(Math.max(width * 0.95, LEAST_HEIGHT), MOST_HEIGHT));
  const [camera, setCamera] = useState<Camera | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const drag = useRef<{ x: number; y: number; camera: Camera; hasMoved: boolean } | null>(null);
  const { isDark } = usePreferences();
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 0));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    handle?.(() => (canvas.current ? canvasPicture(canvas.current) : Promise.resolve(null)));
    return () => handle?.(null);
  }, []);
  // The whole picture, whenever another one comes.
  useEffect(() => setCamera(null), [answer.nodes.map((node) => node.id).join()]);
  const fitted = (): Camera => {
    const xs = layout.nodes.map((node) => node.x);
    const ys = layout.nodes.map((node) => node.y);
    const spanX = Math.max(...xs) - Math.min(...xs) + 160;
    const spanY = Math.max(...ys) - Math.min(...ys) + 90;
    const scale = Math.min(width / spanX, height / spanY, 1.6);
    return { x: (Math.max(...xs) + Math.min(...xs)) / 2, y: (Math.max(...ys) + Math.min(...ys)) / 2, scale };
  };
  const view = camera ?? (width > 0 && layout.nodes.length > 0 ? fitted() : { x: 0, y: 0, scale: 1 });
  const toScreen = (x: number, y: number): [number, number] => [(x - view.x) * view.scale + width / 2, (y - view.y) * view.scale + height / 2];

  const radiusOnScreen = (radius: number) => Math.max(radius * Math.max(Math.min(view.scale, 1.4), 0.45), LEAST_RADIUS);

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
    const colors = { text: read('--text'), muted: read('--text-muted'), reject: read('--reject'), surface: read('--surface'), accent: read('--accent') };
    const kindColors = { vpc: read('--series-6'), subnet: read('--series-8'), interface: read('--series-0'), host: read('--series-0'), service: read('--series-2'), prefix: read('--series-4'), internet: read('--series-3') };
    context.clearRect(0, 0, width, height);
    const highest = Math.max(1, ...answer.edges.map((edge) => Number(edge.bytes)));
    const focus = hover !== null ? layout.nodes[hover]?.node.id ?? chosen : chosen;
    // Many lines together are as dark as few.
    const isCrowded = layout.edges.length > MANY_EDGES;
    const faintness = isCrowded ? 0.55 : 1;
    const thinness = isCrowded ? Math.min(Math.max(view.scale, 0.3), 1) : 1;
    for (const { from, to, index } of layout.edges) {
      const edge = answer.edges[index]!;
      const isNear = focus !== null && (edge.from === focus || edge.to === focus);
      const share = rejectShare(edge);
      const [x1, y1] = toScreen(layout.nodes[from]!.x, layout.nodes[from]!.y);
      const [x2, y2] = toScreen(layout.nodes[to]!.x, layout.nodes[to]!.y);
      context.globalAlpha = isNear ? 0.95 : focus !== null ? 0.1 : (share > 0 ? 0.6 : 0.3) * faintness;
      context.strokeStyle = share > 0 ? colors.reject : colors.muted;
      context.lineWidth = Math.max(edgeWidth(Number(edge.bytes), highest) * (isNear ? 1.2 : thinness), 0.5);
      // Dashed where more was refused than not: colour does not say it alone.
      context.setLineDash(share > 0.5 ? [4, 3] : []);
      context.beginPath();
      context.moveTo(x1, y1);
      context.quadraticCurveTo((x1 + x2) / 2 + (y2 - y1) * 0.08, (y1 + y2) / 2 - (x2 - x1) * 0.08, x2, y2);
      context.stroke();
    }
    context.setLineDash([]);
    const near = new Set<string>(focus === null ? [] : answer.edges.flatMap((edge) => (edge.from === focus || edge.to === focus ? [edge.from, edge.to] : [])));
    context.font = `12px ${style.fontFamily}`;
    const boxes = layout.nodes.map((placed) => {
      const [x, y] = toScreen(placed.x, placed.y);
      const isFaint = focus !== null && placed.node.id !== focus && !near.has(placed.node.id);
      const radius = radiusOnScreen(placed.radius);
      context.globalAlpha = isFaint ? 0.25 : 1;
      context.fillStyle = kindColors[placed.node.kind];
      context.strokeStyle = placed.node.id === chosen ? colors.text : colors.surface;
      context.lineWidth = placed.node.id === chosen ? 3 : Math.min(1.5, radius / 4);
      context.beginPath();
      const shape = SHAPES[placed.node.kind];
      if (shape === 'circle') context.arc(x, y, radius, 0, Math.PI * 2);
      else if (shape === 'square') context.roundRect(x - radius, y - radius, radius * 2, radius * 2, 3);
      else {
        context.moveTo(x, y - radius * 1.15);
        context.lineTo(x + radius * 1.15, y);
        context.lineTo(x, y + radius * 1.15);
        context.lineTo(x - radius * 1.15, y);
        context.closePath();
      }
      context.fill();
      context.stroke();
      if (placed.node.canExpand && radius >= 6) {
        context.globalAlpha = isFaint ? 0.25 : 0.9;
        context.strokeStyle = colors.surface;
        context.lineWidth = 1.5;
        context.beginPath();
        context.moveTo(x - 3, y);
        context.lineTo(x + 3, y);
        context.moveTo(x, y - 3);
        context.lineTo(x, y + 3);
        context.stroke();
      }
      const textWidth = context.measureText(shorten(placed.node.label)).width;
      const importance = Number(placed.node.bytes) + (placed.node.id === focus ? Infinity : near.has(placed.node.id) ? 1e18 : 0);
      return { x: Math.max(Math.min(x - textWidth / 2, width - textWidth - 4), 4), y: y + radius + 3, width: textWidth, height: 15, weight: isFaint ? -1 : importance };
    });
    context.globalAlpha = 1;
    context.textBaseline = 'top';
    const labelled = placeLabels(boxes, isCrowded && view.scale < 0.6 ? LABELS_OF_MANY : MOST_LABELS);
    for (const index of labelled) {
      if (boxes[index]!.weight < 0) continue;
      context.lineWidth = 3;
      context.strokeStyle = colors.surface;
      context.strokeText(shorten(layout.nodes[index]!.node.label), boxes[index]!.x, boxes[index]!.y);
      context.fillStyle = colors.text;
      context.fillText(shorten(layout.nodes[index]!.node.label), boxes[index]!.x, boxes[index]!.y);
    }
    element.dataset.labels = String(labelled.length);
    element.weirMap = {
      nodes: layout.nodes.map((placed) => ({ id: placed.node.id, position: toScreen(placed.x, placed.y), radius: radiusOnScreen(placed.radius) })),
      labels: labelled.map((index) => ({ id: layout.nodes[index]!.node.id, ...boxes[index]! })),
    };
  }, [answer, layout, width, view.x, view.y, view.scale, chosen, hover, isDark]);

  const place = (event: MouseEvent): [number, number] => {
    const bounds = canvas.current!.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  };
  const nodeAt = (x: number, y: number): number | null => {
    let best: number | null = null;
    let bestDistance = Infinity;
    layout.nodes.forEach((placed, index) => {
      const [nodeX, nodeY] = toScreen(placed.x, placed.y);
      const distance = Math.hypot(nodeX - x, nodeY - y) - radiusOnScreen(placed.radius);
      if (distance < 6 && distance < bestDistance) {
        best = index;
        bestDistance = distance;
      }
    });
    return best;
  };
  const zoom = (factor: number, x = width / 2, y = height / 2) => {
    const scale = Math.min(Math.max(view.scale * factor, 0.08), 6);
    // What lies under the mouse stays there.
    setCamera({ scale, x: view.x + (x - width / 2) * (1 / view.scale - 1 / scale), y: view.y + (y - height / 2) * (1 / view.scale - 1 / scale) });
  };
  useEffect(() => {
    const element = canvas.current!;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * 0.0015), ...place(event));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  });
  const under = hover === null ? null : layout.nodes[hover];
  const at = under ? toScreen(under.x, under.y) : null;
  return (
    <div class="map-canvas" ref={box} data-nodes={layout.nodes.length} data-edges={layout.edges.length}>
      <canvas
        ref={canvas}
        role="img"
        tabIndex={0}
        aria-label={`Map of ${layout.nodes.length} nodes and ${layout.edges.length} connections; the list beside it names them`}
        style={{ width: '100%', height: `${height}px` }}
        onPointerDown={(event) => {
          const [x, y] = place(event);
          drag.current = { x, y, camera: view, hasMoved: false };
          canvas.current!.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const [x, y] = place(event);
          const from = drag.current;
          if (!from) {
            setHover(nodeAt(x, y));
            return;
          }
          if (Math.hypot(x - from.x, y - from.y) > 4) from.hasMoved = true;
          if (from.hasMoved) setCamera({ ...from.camera, x: from.camera.x - (x - from.x) / from.camera.scale, y: from.camera.y - (y - from.y) / from.camera.scale });
        }}
        onPointerUp={(event) => {
          const moved = drag.current?.hasMoved;
          drag.current = null;
          if (moved) return;
          const index = nodeAt(...place(event));
          onChoose(index === null ? null : layout.nodes[index]!.node.id);
        }}
        onPointerLeave={() => setHover(null)}
        onDblClick={(event) => {
          const index = nodeAt(...place(event));
          if (index !== null && layout.nodes[index]!.node.canExpand) onOpen(layout.nodes[index]!.node.id);
        }}
        onKeyDown={(event) => {
          const step = 60 / view.scale;
          if (event.key === '+' || event.key === '=') zoom(1.25);
          else if (event.key === '-') zoom(0.8);
          else if (event.key === '0') setCamera(null);
          else if (event.key === 'ArrowLeft') setCamera({ ...view, x: view.x - step });
          else if (event.key === 'ArrowRight') setCamera({ ...view, x: view.x + step });
          else if (event.key === 'ArrowUp') setCamera({ ...view, y: view.y - step });
          else if (event.key === 'ArrowDown') setCamera({ ...view, y: view.y + step });
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {under && at && !drag.current && (
        <div class="chart-tooltip" style={{ transform: `translate(${Math.min(Math.max(at[0] + 14, 0), Math.max(width - 230, 0))}px, ${Math.max(at[1] - 10, 0)}px)` }}>
          <strong>{under.node.label}</strong>
          <div><span>{KIND_TITLES[under.node.kind]}</span><b>{formatBytes(Number(under.node.bytes))}</b></div>
          {Number(under.node.rejects) > 0 && <div><span>rejected</span><b>{formatCount(Number(under.node.rejects))}</b></div>}
        </div>
      )}
    </div>
  );
}

const shorten = (label: string): string => (label.length > 26 ? `${label.slice(0, 25)}…` : label);
