import { describe, expect, it } from 'vitest';
import type { MapNode } from '../../api/types';
import { edgeWidth, filterOfNode, neighboursOf, ownerText, placeLabels, radiusOf, rejectShare } from './map_model';

const node = (id: string, kind: MapNode['kind'], label = id): MapNode => ({ id, parent: null, label, kind, bytes: 1, rejects: 0, owner: null, canExpand: false });

describe('labels', () => {
  const box = (x: number, y: number, weight: number) => ({ x, y, width: 100, height: 14, weight });
  it('go to the important, never over one another', () => {
    expect(placeLabels([box(0, 0, 1), box(50, 5, 9), box(300, 0, 2)], 10)).toEqual([1, 2]);
    expect(placeLabels([box(0, 0, 1), box(200, 0, 3), box(400, 0, 2)], 2)).toEqual([1, 2]);
  });
  it('of a thousand nodes are found at once', () => {
    const boxes = Array.from({ length: 1000 }, (_, index) => box((index * 37) % 1500, (index * 91) % 900, index));
    const placed = placeLabels(boxes, 200);
    for (const a of placed) {
      for (const b of placed) {
        if (a === b) continue;
        const apart = Math.abs(boxes[a]!.x - boxes[b]!.x) >= 100 || Math.abs(boxes[a]!.y - boxes[b]!.y) >= 14;
        expect(apart).toBe(true);
      }
    }
  });
});

describe('sizes', () => {
  it('grow with the bytes and have bounds', () => {
    expect(radiusOf(0, 100)).toBe(5);
    expect(radiusOf(100, 100)).toBe(22);
    expect(radiusOf(5, 0)).toBe(6);
    expect(edgeWidth(0, 100)).toBe(0.7);
    expect(edgeWidth(1e9, 1e9)).toBe(6);
    expect(rejectShare({ flows: 4, rejects: 1 })).toBe(0.25);
    expect(rejectShare({ flows: 0, rejects: 1 })).toBe(0);
  });
});

describe('records of a node', () => {
  it('are found by its kind', () => {
    expect(filterOfNode(node('vpc-1', 'vpc'))).toBe('vpc_id = "vpc-1"');
    expect(filterOfNode(node('eni-1', 'interface', '10.0.0.1'))).toBe('interface_id = "eni-1"');
    expect(filterOfNode({ ...node('eni-1 HTTPS', 'service', 'HTTPS'), parent: 'eni-1' })).toBe('interface_id = "eni-1" and service = "HTTPS"');
    expect(filterOfNode(node('10.0.0.1', 'host'))).toBe('(srcaddr = "10.0.0.1" or dstaddr = "10.0.0.1")');
    expect(filterOfNode(node('x', 'prefix', '10.0.0.0/24'))).toContain('isIpInSubnet(srcaddr, "10.0.0.0/24")');
    expect(filterOfNode({ ...node('x', 'service', 'HTTPS'), parent: '10.0.0.1' })).toBe('(srcaddr = "10.0.0.1" or dstaddr = "10.0.0.1") and service = "HTTPS"');
    expect(filterOfNode(node('x', 'internet'))).toBeNull();
    expect(filterOfNode(node('x', 'host', '" or 1=1'))).toBeNull();
  });
});

it('says in words who owns a node', () => {
  expect(ownerText({ interface: 'eni-1', instance: 'i-1', name: '', pod: null })).toBe('interface eni-1, instance i-1');
  expect([ownerText(null), ownerText(undefined), ownerText({}), ownerText('ops')]).toEqual([null, null, null, 'ops']);
});

it('adds up both directions of a neighbour', () => {
  const edges = [{ from: 'a', to: 'b', bytes: 1, flows: 1, rejects: 0 }, { from: 'b', to: 'a', bytes: 2, flows: 1, rejects: 1 }, { from: 'a', to: 'gone', bytes: 9, flows: 1, rejects: 0 }];
  expect(neighboursOf({ nodes: [node('a', 'host'), node('b', 'host')], edges }, 'a').map((one) => [one.node.id, one.bytes, one.rejects])).toEqual([['b', 3, 1]]);
});
