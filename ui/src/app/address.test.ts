import { describe, expect, it } from 'vitest';
import { listOf, readPlace, sharedOf, writePlace } from './address';

// Addresses that people have kept. Lines are added here, never changed: they must open for good.
const KEPT: Array<[string, string, Record<string, string>]> = [
  ['/explore', '?v=1&by=srcaddr%2Cdstport&filter=action+%3D+%22REJECT%22&metric=flows&since=24h&view=stacked', { by: 'srcaddr,dstport', filter: 'action = "REJECT"', metric: 'flows', since: '24h', view: 'stacked' }],
  ['/query', '?v=1&language=insights&q=stats+count%28*%29+by+srcaddr&since=2026-03-01T00%3A00%3A00Z&until=2026-03-02T00%3A00%3A00Z', { language: 'insights', q: 'stats count(*) by srcaddr', since: '2026-03-01T00:00:00Z', until: '2026-03-02T00:00:00Z' }],
  ['/flows', '?filter=bytes+%3E+1000', { filter: 'bytes > 1000' }],
  ['/metrics', '?v=1&graph=%7B%22metrics%22%3A%5B%5B%22N%22%2C%22m%22%5D%5D%7D&tab=values', { graph: '{"metrics":[["N","m"]]}', tab: 'values' }],
  ['/alarms/High%20loss', '?v=1&region=us-west-2', { region: 'us-west-2' }],
  ['/flows', '?v=1&record=1767571200000+srcaddr+%3D+%2210.0.0.1%22+and+bytes+%3D+10', { record: '1767571200000 srcaddr = "10.0.0.1" and bytes = 10' }],
  ['/map', '?v=1&node=eni-1&nodes=1000&path=vpc-1%2Csubnet-1', { node: 'eni-1', nodes: '1000', path: 'vpc-1,subnet-1' }],
  ['/metrics', '?v=1&dimensions=%5B%22InstanceId%22%5D&find=drops&namespace=VPC%2FNet', { dimensions: '["InstanceId"]', find: 'drops', namespace: 'VPC/Net' }],
  ['/alarms', '?v=1&find=slow&state=ALARM', { find: 'slow', state: 'ALARM' }],
  ['/dashboards/Network', '?v=1&edit=1&var.instance=i-1', { edit: '1', 'var.instance': 'i-1' }],
];

describe('the address as state', () => {
  it.each(KEPT)('%s%s opens', (path, search, parameters) => {
    expect(readPlace(path, search)).toEqual({ path, parameters });
  });
  it('comes back as it was', () => {
    for (const [path, search, parameters] of KEPT.filter(([, search]) => search.includes('v=1'))) {
      expect(writePlace({ path, parameters })).toBe(path + search);
    }
  });
  it('keeps odd texts', () => {
    const parameters = { q: 'a & b = "c" | d # ü <script>' };
    const written = writePlace({ path: '/query', parameters });
    expect(readPlace('/query', written.slice('/query'.length)).parameters).toEqual(parameters);
  });
  it('reads the path without its last slash', () => expect(readPlace('/explore/', '').path).toBe('/explore'));
  it('takes the time range along and nothing else', () => expect(sharedOf({ since: '2h', q: 'x', before: '1' })).toEqual({ since: '2h', before: '1' }));
  it('reads lists', () => expect(listOf(' a, ,b')).toEqual(['a', 'b']));
});
