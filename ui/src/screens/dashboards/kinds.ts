import type { JsonObject } from '../../dashboard/json';

/** The kinds of widgets that can be added, with what a new one holds. */
export interface WidgetKind {
  type: string;
  title: string;
  fresh: (region: string) => JsonObject;
}

export const WIDGET_KINDS: readonly WidgetKind[] = [
  {
    type: 'metric',
    title: 'Metrics',
    fresh: (region) => ({
      type: 'metric',
      width: 12,
      height: 6,
      properties: { metrics: [], view: 'timeSeries', stacked: false, region, title: 'Metrics', period: 300 },
    }),
  },
  {
    type: 'log',
    title: 'Log query',
    fresh: (region) => ({
      type: 'log',
      width: 12,
      height: 6,
      properties: {
        query: "SOURCE '/aws/vpc/flowlogs/all'\n| stats count() as flows by bin(5m)",
        region,
        title: 'Flows',
        view: 'bar',
      },
    }),
  },
  { type: 'text', title: 'Text', fresh: () => ({ type: 'text', width: 6, height: 4, properties: { markdown: '# Notes\n' } }) },
  { type: 'alarm', title: 'Alarm states', fresh: () => ({ type: 'alarm', width: 6, height: 4, properties: { title: 'Alarms', alarms: [] } }) },
];

const NAMED = ['metric', 'log', 'text', 'alarm', 'explorer', 'custom', 'chart'];

/** For class names: a body may have any type, a class may not. */
export function kindName(type: string): string {
  return NAMED.includes(type) ? type : 'other';
}

/** Why a widget of a kind is kept but not drawn. */
export function absentReason(type: string): string {
  switch (type) {
    case 'explorer':
      return 'Explorer widgets choose metrics by the tags of AWS resources. Weir has no inventory of tags to choose by; a metric widget with SEARCH() shows the same series.';
    case 'custom':
      return 'Custom widgets show what a Lambda function returns. Weir calls no functions and runs no code that it is sent.';
    case 'chart':
      return 'Chart widgets show PromQL queries, which Weir does not evaluate. A metric widget shows the same data by its CloudWatch names.';
    case '':
      return 'This item of the body is no widget: it has no type.';
    default:
      return `Weir draws no widgets of the type ${type}. It is kept as it is.`;
  }
}
