import { describe, expect, it } from 'vitest';
import { expandRows, rowSource } from './metric_rows';

describe('expandRows', () => {
  it('takes over single items by a dot', () => {
    const rows = expandRows([
      ['AWS/EC2', 'CPUUtilization', 'InstanceId', 'i-1'],
      ['.', 'NetworkIn', '.', '.', { stat: 'Sum' }],
    ]);
    expect(rows[1]).toMatchObject({
      namespace: 'AWS/EC2',
      name: 'NetworkIn',
      dimensions: [['InstanceId', 'i-1']],
      options: { stat: 'Sum' },
    });
  });

  it('replaces the last items of the row above after three dots', () => {
    const rows = expandRows([
      ['NS', 'm', 'A', '1', 'B', '2'],
      ['...', '3'],
      ['...', 'B', '4', { color: '#112233' }],
    ]);
    expect(rows.map((row) => row.dimensions)).toEqual([
      [
        ['A', '1'],
        ['B', '2'],
      ],
      [
        ['A', '1'],
        ['B', '3'],
      ],
      [
        ['A', '1'],
        ['B', '4'],
      ],
    ]);
  });

  it('leaves an expression between rows out of the chain of dots', () => {
    const rows = expandRows([['NS', 'm', { id: 'm1' }], [{ expression: 'm1 * 2', id: 'e1' }], ['.', 'n']]);
    expect(rows[1]?.expression).toBe('m1 * 2');
    expect(rows[2]).toMatchObject({ namespace: 'NS', name: 'n', dimensions: [] });
  });

  it('passes over what is no row', () => {
    expect(expandRows([7, 'x', [], ['only'], null])).toEqual([]);
    expect(expandRows('text')).toEqual([]);
  });

  it('gives an empty item for a dot that has nothing above', () => {
    expect(expandRows([['.', 'm']])[0]).toMatchObject({ namespace: '', name: 'm' });
  });

  it('writes a row out in full', () => {
    const rows = expandRows([
      ['NS', 'm', 'A', '1'],
      ['...', '2', { stat: 'p99' }],
    ]);
    expect(rows.map(rowSource)).toEqual([
      ['NS', 'm', 'A', '1'],
      ['NS', 'm', 'A', '2', { stat: 'p99' }],
    ]);
  });
});
