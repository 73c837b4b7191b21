import { address, change, get, getAddress, getTagged, ProblemError, route } from '../api/client';
import type { Cell, ExportTable } from '../format/export';
import type { JsonValue } from './json';
import type { WidgetQueries } from './metric_queries';
import { matchSeries, type EmptySeries, type MetricResult, type WidgetSeries } from './series_data';
import type { Span } from '../time/range';

export interface DashboardEntry {
  name: string;
  modifiedMs: number;
  bytes: number;
}

export interface CheckMessage {
  dataPath: string;
  message: string;
  severity: 'error' | 'warning';
}

export interface StoredDashboard {
  name: string;
  modifiedMs: number;
  /** As it was stored, byte for byte. */
  text: string;
  /** Of this text, to be named when it is changed. */
  tag: string | null;
}

export async function listDashboards(signal?: AbortSignal): Promise<DashboardEntry[]> {
  return (await get<{ dashboards: DashboardEntry[] }>('/dashboards', {}, signal)).dashboards;
}

export async function getDashboard(name: string, signal?: AbortSignal): Promise<StoredDashboard> {
  const { answer, tag } = await getTagged<{ name: string; modifiedMs: number; body: JsonValue; bodyText?: string }>(route('/dashboards', name), {}, signal);
  const text = answer.bodyText ?? (typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body, null, 2));
  return { name, modifiedMs: answer.modifiedMs, text, tag };
}

/** Messages of a refused body come with the problem. */
function messagesOf(error: unknown): CheckMessage[] | null {
  if (!(error instanceof ProblemError)) return null;
  const { messages } = error.problem as { messages?: CheckMessage[] };
  return Array.isArray(messages) && messages.length > 0 ? messages : null;
}

/** What has to be true of what is stored: the tag that was read; 'absent': there is none of that name; 'any'. */
export type Precondition = { tag: string } | 'absent' | 'any';

function conditionHeaders(precondition: Precondition): Record<string, string> {
  if (precondition === 'any') return {};
  return precondition === 'absent' ? { 'If-None-Match': '*' } : { 'If-Match': precondition.tag };
}

export async function putDashboard(name: string, text: string, precondition: Precondition): Promise<{ messages: CheckMessage[]; isStored: boolean }> {
  try {
    const answer = await change<{ messages: CheckMessage[]; isStored?: boolean }>('PUT', route('/dashboards', name), text, undefined, {}, conditionHeaders(precondition));
    return { messages: answer.messages, isStored: answer.isStored !== false };
  } catch (error) {
    const messages = messagesOf(error);
    if (messages) return { messages, isStored: false };
    throw error;
  }
}

export async function checkDashboard(text: string, signal?: AbortSignal): Promise<CheckMessage[]> {
  try {
    return (await change<{ messages: CheckMessage[] }>('POST', '/dashboards/check', text, signal)).messages;
  } catch (error) {
    const messages = messagesOf(error);
    if (messages) return messages;
    throw error;
  }
}

export async function deleteDashboard(name: string): Promise<void> {
  await change('DELETE', route('/dashboards', name));
}

/** What GET /dashboards/{name}/data answers of a widget. */
interface WidgetData {
  index: number;
  title: string;
  series?: { label: string; timesMs: number[]; values: (number | null)[] }[];
  columns?: { name: string; type: string }[];
  rows?: (string | number | boolean | null)[][];
  alarms?: Record<string, string | null>[];
}

export type VariableValues = readonly [id: string, value: string][];

/** The route of a dashboard's data, as GET has it. */
export function dataAddress(name: string, span: Span, variables: VariableValues): string {
  const chosen = variables.map(([id, value]) => `&variable=${encodeURIComponent(`${id}=${value}`)}`).join('');
  return `${address(`${route('/dashboards', name)}/data`, { since: span.sinceMs, until: span.untilMs })}${chosen}`;
}

/** All that a dashboard shows, a row a cell: what `weir dashboard show -o csv` writes. */
export async function dashboardCells(name: string, span: Span, variables: VariableValues): Promise<ExportTable> {
  const { widgets } = await getAddress<{ widgets: WidgetData[] }>(dataAddress(name, span, variables));
  const cells = widgets.flatMap(({ index, title, series = [], columns = [], rows = [], alarms = [] }) => {
    const names = distinctLabels(series.map((one) => one.label));
    return [
      ...series.flatMap((one, i) => one.timesMs.map((ms, at): Cell[] => [index, title, new Date(ms).toISOString(), names[i], one.values[at]])),
      ...rows.flatMap((row, i) => columns.map(({ name: column, type }, at): Cell[] => {
        const cell = row[at];
        return [index, title, String(i + 1), column, type === 'time' && typeof cell === 'number' ? new Date(cell).toISOString() : cell];
      })),
      ...alarms.flatMap((alarm, i) => ['name', 'region', 'state', 'since', 'watches'].map((column): Cell[] => [index, title, String(i + 1), column, alarm[column]])),
    ];
  });
  return { columns: ['widget', 'title', 'row', 'column', 'value'], rows: cells.filter((cell) => cell[4] !== null && cell[4] !== undefined) };
}

function distinctLabels(labels: readonly string[]): string[] {
  const taken = new Set<string>();
  return labels.map((label) => {
    let own = label;
    for (let number = 2; taken.has(own); ++number) own = `${label} (${number})`;
    taken.add(own);
    return own;
  });
}

export const NAME_PATTERN = /^[A-Za-z0-9_-]{1,255}$/;

/** More than the 1,440 points that a graph's period leaves at most, so that none are joined. */
const MOST_POINTS = 2000;

export interface MetricAnswer {
  series: WidgetSeries[];
  empty: EmptySeries[];
  messages: string[];
}

function messageText(message: MetricResult['messages'][number]): string {
  return typeof message === 'string' ? message : (message.Value ?? message.Code ?? '');
}

export async function askMetrics(wanted: WidgetQueries, span: Span, signal?: AbortSignal): Promise<MetricAnswer> {
  const answers = await Promise.all(
    wanted.calls
      .filter((call) => call.queries.some((query) => query.ReturnData))
      .map((call) =>
        change<{ results: MetricResult[]; messages: MetricResult['messages'] }>(
          'POST',
          '/metrics/data',
          {
            queries: call.queries,
            since: span.sinceMs,
            until: span.untilMs,
            points: MOST_POINTS,
            ...(call.region === undefined || call.region === '' ? {} : { region: call.region }),
          },
          signal,
        ),
      ),
  );
  const results = answers.flatMap((answer) => answer.results);
  const messages = [...answers.flatMap((answer) => answer.messages ?? []), ...results.flatMap((result) => result.messages ?? [])];
  return { ...matchSeries(wanted.plans, results), messages: [...new Set(messages.map(messageText))].filter((text) => text !== '') };
}
