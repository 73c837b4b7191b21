import { describe, expect, it } from 'vitest';
import {
  dimensionSets,
  doesMatch,
  emptySelection,
  isSelected,
  selectionOfText,
  selectionText,
  withExpression,
  withMetric,
  withOption,
  withoutMetric,
} from './selection';

const metric = { namespace: 'N', name: 'm', dimensions: { A: '1', B: '2' } };

describe('a selection', () => {
  it('takes a metric up and gives it back, whatever the order of its dimensions', () => {
    const one = withMetric(emptySelection(), metric);
    expect(isSelected(one, { ...metric, dimensions: { B: '2', A: '1' } })).toBe(true);
    expect(isSelected(one, { ...metric, dimensions: { A: '1' } })).toBe(false);
    expect(withoutMetric(one, metric)['metrics']).toEqual([]);
  });

  it('writes rows out before one above them goes', () => {
    const two = {
      metrics: [
        ['N', 'm'],
        ['.', 'n'],
      ],
    };
    expect(withoutMetric(two, { namespace: 'N', name: 'm', dimensions: {} })['metrics']).toEqual([['N', 'n']]);
  });

  it('sets and clears an option', () => {
    const one = withOption({ metrics: [['N', 'm']] }, 0, 'stat', 'p99');
    expect(one['metrics']).toEqual([['N', 'm', { stat: 'p99' }]]);
    expect(withOption(one, 0, 'stat', '')['metrics']).toEqual([['N', 'm']]);
  });

  it('gives ids to what an expression may speak of', () => {
    const summed = withExpression(
      {
        metrics: [
          ['N', 'm', { id: 'm1' }],
          ['N', 'n'],
        ],
      },
      'm1 + m2',
    );
    expect(summed['metrics']).toEqual([
      ['N', 'm', { id: 'm1' }],
      ['N', 'n', { id: 'm2' }],
      [{ expression: 'm1 + m2', id: 'e1', label: 'm1 + m2' }],
    ]);
  });

  it('goes through the URL', () => {
    const one = withMetric(emptySelection(), metric);
    expect(selectionOfText(selectionText(one))).toEqual(one);
    expect(selectionOfText('{broken')).toEqual(emptySelection());
  });
});

describe('browsing', () => {
  it('groups by the names of dimensions', () => {
    const sets = dimensionSets([metric, { ...metric, name: 'n' }, { namespace: 'N', name: 'm', dimensions: {} }]);
    expect(sets.map((set) => [set.names.join(','), set.metrics.length])).toEqual([
      ['', 1],
      ['A,B', 2],
    ]);
  });
  it('wants every word', () => {
    expect(doesMatch(metric, 'n 2')).toBe(true);
    expect(doesMatch(metric, 'n zzz')).toBe(false);
  });
});
