import { isObject, type JsonValue } from './json';

const LINE_LENGTH = 100;

function oneLine(value: JsonValue): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(oneLine).join(', ')} ]`;
  if (isObject(value)) {
    const members = Object.entries(value).filter(([, item]) => item !== undefined);
    return members.length === 0 ? '{}' : `{ ${members.map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item as JsonValue)}`).join(', ')} }`;
  }
  return JSON.stringify(value);
}

/** JSON as people write dashboards: what is short, such as a row of metrics, stays on a line. */
export function jsonText(value: JsonValue, indent = ''): string {
  const line = oneLine(value);
  const isShort = line.length + indent.length <= LINE_LENGTH;
  const inner = `${indent}  `;
  if (Array.isArray(value) && value.length > 0 && !(isShort && !value.some((item) => Array.isArray(item) || (isObject(item) && 'type' in item)))) {
    return `[\n${value.map((item) => inner + jsonText(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (isObject(value) && !(isShort && Object.values(value).every((item) => typeof item !== 'object' || item === null))) {
    const members = Object.entries(value).filter(([, item]) => item !== undefined);
    if (members.length === 0) return '{}';
    return `{\n${members.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${jsonText(item as JsonValue, inner)}`).join(',\n')}\n${indent}}`;
  }
  return line;
}
