import { expect, it } from 'vitest';
import type { MapNode } from '../../api/types';
import { layOut } from './map_layout';

const graph = (count: number) => ({
  nodes: Array.from({ length: count }, (_, index): MapNode => ({ id: `n${index}`, parent: null, label: `n${index}`, kind: index === 0 ? 'internet' : index % 7 === 0 ? 'service' : 'host', bytes: index * 1000, rejects: 0, owner: null, canExpand: false })),
  edges: Array.from({ length: count * 2 }, (_, index) => ({ from: `n${index % count}`, to: `n${(index * 13 + 1) % count}`, bytes: 1, flows: 1, rejects: 0 })),
});
const signal = new AbortController().signal;
const pause = () => Promise.resolve();

it('gives the same answer the same picture, without nodes over one another', async () => {
  const first = await layOut(graph(60), null, signal, pause);
  const second = await layOut(graph(60), null, signal, pause);
  expect(second.nodes.map((node) => [node.x, node.y])).toEqual(first.nodes.map((node) => [node.x, node.y]));
  for (const a of first.nodes) for (const b of first.nodes) if (a !== b) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan((a.radius + b.radius) * 0.8);
});
it('puts the outside on the left and services on the right', async () => {
  const { nodes } = await layOut(graph(60), null, signal, pause);
  const middle = (kind: string) => {
    const some = nodes.filter((node) => node.node.kind === kind);
    return some.reduce((sum, node) => sum + node.x, 0) / some.length;
  };
  expect(middle('internet')).toBeLessThan(middle('host'));
  expect(middle('host')).toBeLessThan(middle('service'));
});
it('passes over edges whose ends are missing, and copes with a thousand nodes', async () => {
  const big = graph(1000);
  const { nodes, edges } = await layOut({ nodes: big.nodes, edges: [...big.edges, { from: 'n1', to: 'nowhere', bytes: 1, flows: 1, rejects: 0 }] }, null, signal, pause);
  expect(nodes.every((node) => Number.isFinite(node.x) && Number.isFinite(node.y))).toBe(true);
  expect(edges.every((edge) => edge.index < big.edges.length)).toBe(true);
}, 20_000);
