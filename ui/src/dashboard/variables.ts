import { asList, asNumber, asObject, asText, isObject, type JsonObject, type JsonValue } from './json';
import { expandRows, rowSource } from './metric_rows';

export interface Variable {
  id: string;
  label: string;
  kind: 'property' | 'pattern';
  target: string; // the property's name, or the pattern
  inputType: 'input' | 'select' | 'radio';
  defaultValue: string;
  isVisible: boolean;
  choices: { value: string; label: string }[];
  search: string | undefined; // choices come from series, by `populateFrom`
  populateFrom: string | undefined;
}

export const FIRST_FOUND = '__FIRST';

export function readVariables(source: JsonObject): Variable[] {
  return asList(source['variables'])
    .filter(isObject)
    .map((item, i) => {
      const kind = item['type'] === 'pattern' ? 'pattern' : 'property';
      const inputType = item['inputType'] === 'select' || item['inputType'] === 'radio' ? item['inputType'] : 'input';
      const defaultValue = item['defaultValue'];
      return {
        id: asText(item['id']) ?? `variable${i + 1}`,
        label: asText(item['label']) ?? asText(item['id']) ?? asText(item[kind]) ?? '',
        kind,
        target: asText(item[kind]) ?? '',
        inputType,
        defaultValue: defaultValue === undefined || defaultValue === null || typeof defaultValue === 'object' ? '' : String(defaultValue),
        isVisible: item['visible'] !== false,
        choices: asList(item['values'])
          .filter(isObject)
          .map((choice) => ({
            value: String(choice['value'] ?? ''),
            label: asText(choice['label']) ?? String(choice['value'] ?? ''),
          })),
        search: asText(item['search']),
        populateFrom: asText(item['populateFrom']),
      };
    });
}

// The metric search whose labels are the choices of a variable that is filled from series.
export function choicesExpression(variable: Variable): string | undefined {
  if (variable.search === undefined || variable.populateFrom === undefined) {
    return undefined;
  }
  const quoted = variable.search.replaceAll("'", "\\'");
  return `SEARCH('${quoted}', 'Average', 300)`;
}

// A pattern whose repetitions stand within repetitions can take a browser for ever.
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > 500) {
    return 'The pattern is longer than 500 characters.';
  }
  if (/\([^()]*[+*}][^()]*\)\s*[+*{]/.test(pattern)) {
    return 'The pattern repeats a repetition, which may never end; it is not applied.';
  }
  try {
    new RegExp(pattern, 'g');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function mapTexts(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === 'string') {
    return change(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => mapTexts(item, change));
  }
  if (isObject(value)) {
    const result: JsonObject = {};
    for (const [key, item] of Object.entries(value)) {
      result[key] = item === undefined ? undefined : mapTexts(item, change);
    }
    return result;
  }
  return value;
}

function setRows(metrics: JsonValue[], property: string, text: string): JsonValue[] {
  return expandRows(metrics).map((row) =>
    rowSource({
      ...row,
      dimensions: row.dimensions.map(([name, old]): [string, string] => [name, name === property ? text : old]),
      options: asObject(setProperty(row.options, property, text)),
    }),
  );
}

function setProperty(value: JsonValue, property: string, text: string): JsonValue {
  if (Array.isArray(value)) {
    return value.map((item) => setProperty(item, property, text));
  }
  if (!isObject(value)) {
    return value;
  }
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) {
      continue;
    }
    if (key === property && !Array.isArray(item) && !isObject(item)) {
      result[key] = typeof item === 'number' ? (asNumber(text) ?? text) : text;
    } else if (key === 'metrics' && Array.isArray(item) && item.some(Array.isArray)) {
      result[key] = setRows(item, property, text);
    } else {
      result[key] = setProperty(item, property, text);
    }
  }
  return result;
}

// The body with its variables' values put in, for showing; what is stored stays as it is.
export function withVariables(source: JsonObject, variables: readonly Variable[], values: ReadonlyMap<string, string>): JsonObject {
  let widgets: JsonValue = asList(source['widgets']);
  for (const variable of variables) {
    const text = values.get(variable.id) ?? variable.defaultValue;
    if (text === '' || text === FIRST_FOUND || variable.target === '') {
      continue;
    }
    if (variable.kind === 'property') {
      widgets = setProperty(widgets, variable.target, text);
    } else if (patternProblem(variable.target) === undefined) {
      const pattern = new RegExp(variable.target, 'g');
      widgets = mapTexts(widgets, (old) => old.replace(pattern, () => text));
    }
  }
  return { ...source, widgets };
}
