import { sankey, sankeyLinkHorizontal } from 'd3-sankey';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Unit } from '../format/units';
import { formatValue } from '../format/units';
import type { SankeyLink } from '../screens/explore/explore_state';
import { seriesClass } from './palette';
import { svgPicture } from './svg_picture';

interface SankeyProps {
  label: string;
  links: readonly SankeyLink[];
  fields: readonly string[];
  unit: Unit;
  onPick?: (parts: Array<{ field: string; label: string }>) => void;
  handle?: (picture: (() => Promise<Blob | null>) | null) => void;
}

interface Node {
  id: string;
  column: number;
  label: string;
  isOther: boolean;
}

const nodeId = (column: number, name: string, isOther: boolean): string => `${column}${isOther ? '' : ':'}${name}`;

const NODE_GAP = 15;
const LETTER_WIDTH = 7;

/** Room for labels beside the picture. */
const marginOf = (width: number) => Math.min(150, Math.max(width * 0.2, 112));

/** Who sends to whom: a column a field, a band as wide as its traffic. */
export default function Sankey({ label, links, fields, unit, onPick, handle }: SankeyProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 0));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    handle?.(async () => {
      const svg = box.current?.querySelector('svg');
      return svg ? svgPicture(svg) : null;
    });
    return () => handle?.(null);
  }, []);
  const counts = new Map<number, Set<string>>();
  for (const link of links) {
    for (const [column, name] of [[link.column, link.from], [link.column + 1, link.to]] as const) counts.set(column, (counts.get(column) ?? new Set()).add(nodeId(column, name, link.isOther === true)));
  }
  const most = Math.max(1, ...[...counts.values()].map((names) => names.size));
  const height = Math.max(220, most * 34);
  const graph = useMemo(() => {
    if (width === 0 || links.length === 0) return null;
    const nodes = new Map<string, Node>();
    const nodeOf = (column: number, name: string, isOther = false) => {
      const id = nodeId(column, name, isOther);
      if (!nodes.has(id)) nodes.set(id, { id, column, label: name, isOther });
      return id;
    };
    const flows = links.map((link) => ({ source: nodeOf(link.column, link.from, link.isOther), target: nodeOf(link.column + 1, link.to, link.isOther), value: link.value, link }));
    const margin = marginOf(width);
    return sankey<Node, { link: SankeyLink }>()
      .nodeId((node) => node.id)
      .nodeAlign((node) => node.column)
      .nodeWidth(10)
      .nodePadding(NODE_GAP)
      .extent([[fields.length > 2 ? 4 : margin, 24], [width - margin, height - 6]])({ nodes: [...nodes.values()], links: flows });
  }, [links, width, height, fields.length]);
  const path = sankeyLinkHorizontal();
  // No condition describes Other.
  const pick = (nodes: readonly Node[]) => {
    if (!nodes.some((node) => node.isOther)) onPick?.(nodes.map((node) => ({ field: fields[node.column]!, label: node.label })));
  };
  const mostLetters = Math.max(8, Math.floor((marginOf(width) - 10) / LETTER_WIDTH));
  return (
    <div class="sankey" ref={box} style={{ minHeight: `${height}px` }} data-nodes={graph?.nodes.length ?? 0} data-links={graph?.links.length ?? 0}>
      {graph && (
        <svg width={width} height={height} role="group" aria-label={`${label}: ${graph.links.length} bands between ${graph.nodes.length} nodes`}>
          <g fill="none">
            {graph.links.map((flow) => {
              const source = flow.source as unknown as Node;
              const target = flow.target as unknown as Node;
              const text = `${source.label} → ${target.label}: ${formatValue(flow.value, unit)}`;
              return (
                <path
                  key={`${source.id}>${target.id}`}
                  class={`band ${source.isOther ? 'series-other' : seriesClass(graph.nodes.indexOf(flow.source as never))}`}
                  d={path(flow) ?? ''}
                  stroke="currentColor"
                  stroke-width={Math.max(flow.width ?? 1, 1)}
                  tabIndex={0}
                  role="button"
                  aria-label={text}
                  onClick={() => pick([source, target])}
                  onKeyDown={(event) => {
                    if (event.key === 'Enter') pick([source, target]);
                  }}
                >
                  <title>{text}</title>
                </path>
              );
            })}
          </g>
          {graph.nodes.map((node, index) => {
            const isLast = node.column === fields.length - 1;
            const isLeft = node.column === 0 && fields.length === 2;
            const x = isLast ? node.x1! + 6 : isLeft ? node.x0! - 6 : node.x1! + 6;
            return (
              <g key={node.id} class="node" onClick={() => pick([node])}>
                <rect class={node.isOther ? 'series-other' : seriesClass(index)} fill="currentColor" x={node.x0} y={node.y0} width={node.x1! - node.x0!} height={Math.max(node.y1! - node.y0!, 1)}>
                  <title>{`${fields[node.column]} ${node.label}: ${formatValue(node.value, unit)}`}</title>
                </rect>
                <text x={x} y={(node.y0! + node.y1!) / 2} dy="0.35em" text-anchor={isLeft ? 'end' : 'start'}>{node.label.length > mostLetters ? `${node.label.slice(0, mostLetters - 1)}…` : node.label}</text>
              </g>
            );
          })}
          {fields.map((field, column) => {
            const node = graph.nodes.find((one) => one.column === column);
            return node && <text key={field} class="field" x={column === fields.length - 1 ? node.x1! : node.x0!} y="12" text-anchor={column === fields.length - 1 ? 'end' : 'start'}>{field}</text>;
          })}
        </svg>
      )}
    </div>
  );
}
