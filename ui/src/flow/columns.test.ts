import { expect, it } from 'vitest';
import { addNewest, valueOf } from './columns';

it('finds a field in either spelling', () => {
  expect(valueOf({ 'interface-id': 'eni-1' }, 'interface_id')).toBe('eni-1');
  expect(valueOf({ pkt_srcaddr: '10.0.0.1' }, 'pkt-srcaddr')).toBe('10.0.0.1');
  expect(valueOf({}, 'x')).toBeNull();
});
it('keeps the newest', () => {
  expect(addNewest([3, 2, 1], [4, 5], 4)).toEqual([5, 4, 3, 2]);
  expect(addNewest([], [1, 2, 3], 2)).toEqual([3, 2]);
});
