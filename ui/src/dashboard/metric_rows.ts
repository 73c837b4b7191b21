import { asList, asObject, asText, isObject, type JsonObject, type JsonValue } from './json';

// A row of a metric widget with its "." and "..." replaced.
export interface MetricRow {
  index: number; // in the widget's list
  namespace: string;
  name: string;
  dimensions: [name: string, value: string][];
  expression: string | undefined;
  options: JsonObject;
}

function textsOf(items: JsonValue[], above: readonly string[]): string[] {
  const own = items.filter((item): item is string => typeof item === 'string');
  const texts: string[] = [];
  for (const item of own) {
    if (item === '.') {
      texts.push(above[texts.length] ?? '');
    } else if (item === '...') {
      // All of the row above but its last items, which follow here.
      texts.splice(0, texts.length, ...above.slice(0, Math.max(0, above.length - (own.length - 1))));
    } else {
      texts.push(item);
    }
  }
  return texts;
}

export function expandRows(metrics: unknown): MetricRow[] {
  const rows: MetricRow[] = [];
  let above: string[] = [];
  asList(metrics).forEach((row, index) => {
    if (!Array.isArray(row)) {
      return;
    }
    const options = asObject(row.find(isObject));
    const texts = textsOf(row, above);
    const expression = asText(options['expression']);
    if (texts.length < 2 && expression === undefined) {
      return;
    }
    const dimensions: [string, string][] = [];
    for (let i = 2; i + 1 < texts.length; i += 2) {
      dimensions.push([texts[i] ?? '', texts[i + 1] ?? '']);
    }
    if (texts.length >= 2) {
      above = texts;
    }
    rows.push({
      index,
      namespace: texts[0] ?? '',
      name: texts[1] ?? '',
      dimensions,
      expression: texts.length >= 2 ? undefined : expression,
      options,
    });
  });
  return rows;
}

// The row written out in full, as CloudWatch takes it.
export function rowSource(row: Pick<MetricRow, 'namespace' | 'name' | 'dimensions' | 'options' | 'expression'>): JsonValue[] {
  const texts = row.expression === undefined ? [row.namespace, row.name, ...row.dimensions.flat()] : [];
  return Object.keys(row.options).length > 0 ? [...texts, row.options] : texts;
}
