import { describe, expect, it } from 'vitest';
import { choicesExpression, patternProblem, readVariables, withVariables } from './variables';

const source = {
  variables: [
    { type: 'property', property: 'InstanceId', inputType: 'select', id: 'instance', values: [{ value: 'i-2', label: 'two' }] },
    { type: 'property', property: 'region', id: 'region', inputType: 'input' },
    { type: 'pattern', pattern: 'STAGE', id: 'stage', inputType: 'input', defaultValue: 'dev' },
  ],
  widgets: [
    {
      type: 'metric',
      properties: {
        region: 'us-west-2',
        title: 'STAGE cpu',
        metrics: [
          ['N', 'a', 'InstanceId', 'i-1'],
          ['.', 'b', '.', '.'],
          ['...', 'i-9', { stat: 'Sum' }],
        ],
      },
    },
  ],
};
const variables = readVariables(source);

describe('variables', () => {
  it('rewrite a property in rows and as a member, and a pattern in texts', () => {
    const shown = withVariables(
      source,
      variables,
      new Map([
        ['instance', 'i-2'],
        ['region', 'eu-west-1'],
        ['stage', '$& prod'],
      ]),
    );
    expect(shown['widgets']).toEqual([
      {
        type: 'metric',
        properties: {
          region: 'eu-west-1',
          title: '$& prod cpu',
          metrics: [
            ['N', 'a', 'InstanceId', 'i-2'],
            ['N', 'b', 'InstanceId', 'i-2'],
            ['N', 'b', 'InstanceId', 'i-2', { stat: 'Sum' }],
          ],
        },
      },
    ]);
  });

  it('leave things alone without a value, and take defaults', () => {
    const shown = withVariables(source, variables, new Map());
    expect(JSON.stringify(shown)).toContain('dev cpu');
    expect(JSON.stringify(shown)).toContain('"i-1"');
  });

  it('refuse patterns that may never end', () => {
    expect(patternProblem('(a+)+$')).toBeDefined();
    expect(patternProblem('(')).toBeDefined();
    expect(patternProblem('us-[a-z]+-\\d')).toBeUndefined();
  });

  it('ask for the series they are filled from', () => {
    const [filled] = readVariables({
      variables: [{ type: 'property', property: 'I', id: 'i', search: '{N,I} MetricName="m"', populateFrom: 'I' }],
    });
    expect(filled && choicesExpression(filled)).toBe("SEARCH('{N,I} MetricName=\"m\"', 'Average', 300)");
  });
});
