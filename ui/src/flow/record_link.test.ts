import { expect, it } from 'vitest';
import { questionOfLink, recordLink } from './record_link';

const record = { start: 1767571200000, srcaddr: '10.0.0.1', dstaddr: '10.0.0.2', srcport: 443, dstport: 50000, protocol: 6, bytes: 10, interface_id: 'eni-"1' };

it('a record becomes a text, and the text a question that finds it', () => {
  const text = recordLink(record);
  expect(questionOfLink(text)).toEqual({
    filter: 'interface_id = "eni-\\"1" and srcaddr = "10.0.0.1" and dstaddr = "10.0.0.2" and srcport = 443 and dstport = 50000 and protocol = 6 and bytes = 10',
    since: 1767571200000, until: 1767571201000, limit: 1,
  });
});
it('says nothing of what says nothing, and does not believe the address', () => {
  expect(recordLink({})).toBe('');
  expect(recordLink({ srcaddr: '10.0.0.1' })).toBe('');
  expect(recordLink({ start: 1 })).toBe('');
  for (const text of ['', 'x', '12', '12 ', '-1 bytes = 1', '1e3 bytes = 1']) expect(questionOfLink(text)).toBeNull();
});
