// What the map computes before it draws.
import type { MapAnswer, MapEdge, MapNode } from '../../api/types';
import { conditionOf, quoted } from '../../query/condition';

export const KIND_TITLES: Record<MapNode['kind'], string> = {
  vpc: 'VPC', subnet: 'Subnet', interface: 'Interface', host: 'Host', service: 'Service', prefix: 'Network', internet: 'Internet',
};

/** Columns of the picture from left to right: outside, inside, services. */
export const KIND_COLUMN: Record<MapNode['kind'], number> = { internet: -1, prefix: -0.55, vpc: 0, subnet: 0, interface: 0.15, host: 0.15, service: 1 };

export function radiusOf(bytes: number, highest: number): number {
  return highest <= 0 ? 6 : 5 + 17 * Math.sqrt(Math.max(bytes, 0) / highest);
}

export function edgeWidth(bytes: number, highest: number): number {
  return highest <= 0 || bytes <= 0 ? 0.7 : Math.max(0.7, 6 * (Math.log1p(bytes) / Math.log1p(highest)) ** 3);
}

/** Share of refused records, which the colour of an edge says. */
export function rejectShare(edge: Pick<MapEdge, 'flows' | 'rejects'>): number {
  const flows = Number(edge.flows);
  return flows > 0 ? Math.min(Number(edge.rejects) / flows, 1) : 0;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Labels of the most important nodes that do not lie over one another. */
export function placeLabels(wanted: ReadonlyArray<Box & { weight: number }>, most: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[b]!.weight - wanted[a]!.weight);
  const placed: number[] = [];
  // A coarse grid, so that each box is compared with its neighbours alone.
  const cell = 64;
  const grid = new Map<string, number[]>();
  const cellsOf = (box: Box) => {
    const keys: string[] = [];
    for (let x = Math.floor(box.x / cell); x <= Math.floor((box.x + box.width) / cell); x += 1) {
      for (let y = Math.floor(box.y / cell); y <= Math.floor((box.y + box.height) / cell); y += 1) keys.push(`${x},${y}`);
    }
    return keys;
  };
  const touches = (a: Box, b: Box) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
  for (const index of order) {
    if (placed.length >= most) break;
    const box = wanted[index]!;
    const keys = cellsOf(box);
    if (keys.some((key) => grid.get(key)?.some((other) => touches(box, wanted[other]!)))) continue;
    placed.push(index);
    for (const key of keys) grid.set(key, [...(grid.get(key) ?? []), index]);
  }
  return placed;
}

const isAddress = (text: string) => /^[0-9a-f.:]+$/i.test(text) && /[.:]/.test(text);

/** Records of a node, where its kind says how to find them. */
export function filterOfNode(node: Pick<MapNode, 'kind' | 'label' | 'id' | 'parent'>): string | null {
  const name = node.label.split(/\s/)[0] ?? '';
  switch (node.kind) {
    case 'vpc': return conditionOf('vpc_id', name);
    case 'subnet': return conditionOf('subnet_id', name);
    case 'interface': return conditionOf('interface_id', node.id);
    case 'host': return isAddress(name) ? eitherEnd(name) : null;
    case 'prefix': return /^[0-9a-f.:]+\/\d+$/i.test(name) ? `(isIpInSubnet(srcaddr, ${quoted(name)}) or isIpInSubnet(dstaddr, ${quoted(name)}))` : null;
    case 'service': {
      const service = conditionOf('service', node.label);
      if (node.parent && isAddress(node.parent)) return `${eitherEnd(node.parent)} and ${service}`;
      return node.parent ? `${conditionOf('interface_id', node.parent)} and ${service}` : service;
    }
    case 'internet': return null;
  }
}

const eitherEnd = (address: string) => `(${conditionOf('srcaddr', address)} or ${conditionOf('dstaddr', address)})`;

/** What an inventory says of a node, in words: "instance i-1, subnet subnet-1". */
export function ownerText(owner: unknown): string | null {
  if (typeof owner === 'string') return owner || null;
  if (typeof owner !== 'object' || owner === null) return null;
  const parts = Object.entries(owner).filter(([, value]) => value !== null && value !== '').map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return parts.length === 0 ? null : parts.join(', ');
}

export interface Neighbour {
  node: MapNode;
  bytes: number;
  rejects: number;
}

export function neighboursOf(answer: Pick<MapAnswer, 'nodes' | 'edges'>, id: string): Neighbour[] {
  const nodes = new Map(answer.nodes.map((node) => [node.id, node]));
  const sums = new Map<string, Neighbour>();
  for (const edge of answer.edges) {
    const other = edge.from === id ? edge.to : edge.to === id ? edge.from : null;
    const node = other === null ? undefined : nodes.get(other);
    if (!node || node.id === id) continue;
    const sum = sums.get(node.id) ?? { node, bytes: 0, rejects: 0 };
    sum.bytes += Number(edge.bytes);
    sum.rejects += Number(edge.rejects);
    sums.set(node.id, sum);
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes || b.rejects - a.rejects);
}
