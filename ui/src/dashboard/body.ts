import { asList, asNumber, asObject, asText, isObject, type JsonObject, type JsonValue } from './json';
import { findJsonError } from './json_position';
import { jsonText } from './json_text';
import { placeAll, rowsOf, type Place } from './layout';

// A dashboard's body, read with indulgence: what is unknown stays in `source` and goes back with it.
export interface Widget {
  type: string; // "" where the item is no widget at all
  place: Place;
  properties: JsonObject;
  source: JsonValue;
}

export interface DashboardBody {
  source: JsonObject;
  widgets: Widget[];
  start: string | undefined;
  end: string | undefined;
  periodOverride: 'auto' | 'inherit';
}

export interface BodyProblem {
  message: string;
  line: number | undefined;
  column: number | undefined;
}

export type ParsedBody = { body: DashboardBody } | { problem: BodyProblem };

export function parseBody(text: string): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const where = findJsonError(text);
    return { problem: { message: `This is not JSON: ${message}`, line: where?.line, column: where?.column } };
  }
  if (!isObject(value)) {
    return {
      problem: { message: "A dashboard's body is a JSON object with a list of widgets.", line: 1, column: 1 },
    };
  }
  return { body: readBody(value) };
}

export function readBody(source: JsonObject): DashboardBody {
  const items = asList(source['widgets']);
  const places = placeAll(
    items.map((item) => {
      const widget = asObject(item);
      return {
        x: asNumber(widget['x']),
        y: asNumber(widget['y']),
        width: asNumber(widget['width']) ?? 6,
        height: asNumber(widget['height']) ?? 6,
      };
    }),
  );
  return {
    source,
    widgets: items.map((item, i) => ({
      type: asText(asObject(item)['type']) ?? '',
      place: places[i] as Place,
      properties: asObject(asObject(item)['properties']),
      source: item,
    })),
    start: asText(source['start']),
    end: asText(source['end']),
    periodOverride: source['periodOverride'] === 'inherit' ? 'inherit' : 'auto',
  };
}

export function textOf(body: DashboardBody): string {
  return jsonText(body.source);
}

function withWidgets(body: DashboardBody, widgets: JsonValue[]): DashboardBody {
  return readBody({ ...body.source, widgets });
}

// CloudWatch wants x and y together; once one widget is moved all that flowed are pinned where they stood.
export function withPlaces(body: DashboardBody, places: readonly Place[]): DashboardBody {
  return withWidgets(
    body,
    body.widgets.map((widget, i) => {
      const place = places[i];
      return isObject(widget.source) && place ? { ...widget.source, ...place } : widget.source;
    }),
  );
}

export function withWidget(body: DashboardBody, index: number, source: JsonValue): DashboardBody {
  return withWidgets(
    body,
    body.widgets.map((widget, i) => (i === index ? source : widget.source)),
  );
}

export function withoutWidget(body: DashboardBody, index: number): DashboardBody {
  return withWidgets(
    withPlaces(
      body,
      body.widgets.map((widget) => widget.place),
    ),
    body.widgets.filter((_, i) => i !== index).map((widget) => pinned(widget)),
  );
}

function pinned(widget: Widget): JsonValue {
  return isObject(widget.source) ? { ...widget.source, ...widget.place } : widget.source;
}

// New widgets go below everything, at the left.
export function withNewWidget(body: DashboardBody, source: JsonObject): DashboardBody {
  const place: Place = {
    x: 0,
    y: rowsOf(body.widgets.map((widget) => widget.place)),
    width: asNumber(source['width']) ?? 12,
    height: asNumber(source['height']) ?? 6,
  };
  return withWidgets(body, [...body.widgets.map(pinned), { ...source, ...place }]);
}

export function withDuplicate(body: DashboardBody, index: number): DashboardBody {
  const source = body.widgets[index]?.source;
  return isObject(source) ? withNewWidget(body, structuredClone(source)) : body;
}

export function titleOf(widget: Widget): string {
  return asText(widget.properties['title']) ?? '';
}
