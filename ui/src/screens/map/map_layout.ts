// Where nodes stand. The same answer gives the same picture; nodes that were there stay near their place.
import type { SimulationLinkDatum, SimulationNodeDatum } from 'd3-force';
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from 'd3-force';
import type { MapAnswer, MapNode } from '../../api/types';
import { KIND_COLUMN, radiusOf } from './map_model';

export interface PlacedNode extends SimulationNodeDatum {
  node: MapNode;
  radius: number;
  x: number;
  y: number;
}

export interface Layout {
  nodes: PlacedNode[];
  /** Pairs of indices into nodes, in the order of the answer's edges that have both ends. */
  edges: Array<{ from: number; to: number; index: number }>;
}

const BUDGET_MS = 10;

/** Runs in slices, so that the page stays responsive with a thousand nodes. */
export async function layOut(answer: Pick<MapAnswer, 'nodes' | 'edges'>, before: Layout | null, signal: AbortSignal, pause: () => Promise<void>): Promise<Layout> {
  const highest = Math.max(1, ...answer.nodes.map((node) => Number(node.bytes)));
  const spread = 90 * Math.sqrt(answer.nodes.length) + 240;
  // Few nodes have room for their labels, many stand closer.
  const room = answer.nodes.length < 80 ? 34 : 10;
  const known = new Map(before?.nodes.map((placed) => [placed.node.id, placed]));
  const nodes: PlacedNode[] = answer.nodes.map((node, index) => {
    const old = known.get(node.id);
    // A sunflower's spiral: deterministic and without two in one place.
    const angle = index * 2.399963;
    const distance = 12 * Math.sqrt(index + 1);
    return {
      node, radius: radiusOf(Number(node.bytes), highest),
      x: old?.x ?? KIND_COLUMN[node.kind] * spread * 0.5 + Math.cos(angle) * distance,
      y: old?.y ?? Math.sin(angle) * distance,
    };
  });
  const places = new Map(nodes.map((placed, index) => [placed.node.id, index]));
  const edges = answer.edges.flatMap((edge, index) => {
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    return from === undefined || to === undefined || from === to ? [] : [{ from, to, index }];
  });
  const links: Array<SimulationLinkDatum<PlacedNode>> = edges.map((edge) => ({ source: edge.from, target: edge.to }));
  const simulation = forceSimulation(nodes)
    .force('link', forceLink<PlacedNode, SimulationLinkDatum<PlacedNode>>(links).distance(60 + room * 2).strength(0.12))
    .force('charge', forceManyBody<PlacedNode>().strength(-90 - room * 12).distanceMax(500))
    .force('collide', forceCollide<PlacedNode>((placed) => placed.radius + room))
    .force('x', forceX<PlacedNode>((placed) => KIND_COLUMN[placed.node.kind] * spread * 0.5).strength(0.09))
    .force('y', forceY<PlacedNode>(0).strength(0.05))
    .alpha(before ? 0.3 : 1)
    .stop();
  const ticks = before ? 80 : nodes.length > 400 ? 160 : 260;
  let sliceEnd = performance.now() + BUDGET_MS;
  for (let tick = 0; tick < ticks; tick += 1) {
    simulation.tick();
    if (performance.now() > sliceEnd) {
      await pause();
      if (signal.aborted) break;
      sliceEnd = performance.now() + BUDGET_MS;
    }
  }
  return { nodes, edges };
}
