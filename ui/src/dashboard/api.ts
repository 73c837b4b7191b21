import { change, get, getTagged, ProblemError, route } from '../api/client';
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
