import { change, get, route } from '../api/client';
import type { JsonObject } from '../dashboard/json';

export interface AlarmEntry {
  name: string;
  region: string;
  state: string;
  since: string | number | null;
  kind: 'metric' | 'composite';
  watches: string;
  reason: string;
  nextEvaluation: string | null;
  actionsEnabled: boolean;
  mutedUntilMs: number | null;
}

export interface AlarmAnswer {
  alarm: JsonObject;
  kind: string;
  region: string;
  mutedUntilMs: number | null;
}

export interface HistoryItem {
  timeMs: number;
  kind: string;
  summary: string;
  data: unknown;
}

interface ExplainedMetric {
  id: string;
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  units: string[];
  last: string;
  differences: string[];
}

export interface Explanation {
  state: string;
  stateReason: string;
  stateSince: string;
  reasons: string[];
  matching: ExplainedMetric[];
  near: ExplainedMetric[];
  periods: { time: string; value: number | null }[];
  gaps: { begin: string; end: string }[];
  nextEvaluation?: string;
}

export interface Replay {
  transitions: { time: string; from: string; to: string; reason: string }[];
  unknown: { begin: string; end: string; resolutionSeconds: number }[];
  evaluated: { begin: string; end: string; everySeconds: number }[];
  evaluations: number;
  state: string;
}

const MOST_PAGES = 20;

async function allPages<T>(ask: (cursor: string | null) => Promise<{ page: T[]; cursor: string | null }>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  for (let i = 0; i < MOST_PAGES; ++i) {
    const answer: { page: T[]; cursor: string | null } = await ask(cursor);
    all.push(...answer.page);
    cursor = answer.cursor;
    if (cursor === null || cursor === undefined) break;
  }
  return all;
}

export function listAlarms(state: string | undefined, signal?: AbortSignal): Promise<AlarmEntry[]> {
  return allPages(async (cursor) => {
    const answer = await get<{ alarms: AlarmEntry[]; cursor: string | null }>('/alarms', { state, cursor, limit: 500 }, signal);
    return { page: answer.alarms, cursor: answer.cursor ?? null };
  });
}

export function getAlarm(name: string, region: string | undefined, signal?: AbortSignal): Promise<AlarmAnswer> {
  return get(route('/alarms', name), { region }, signal);
}

/** The newest page after page until one is older than `sinceMs`: what a timeline needs. */
export async function alarmHistory(name: string, region: string | undefined, sinceMs: number, signal?: AbortSignal): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  let cursor: string | null = null;
  for (let i = 0; i < MOST_PAGES; ++i) {
    const answer: { items: HistoryItem[]; cursor: string | null } = await get(route('/alarms', name, 'history'), { region, cursor, limit: 100 }, signal);
    items.push(...answer.items);
    cursor = answer.cursor;
    const last = answer.items.at(-1);
    if (cursor === null || !last || last.timeMs < sinceMs) break;
  }
  return items;
}

export function explainAlarm(name: string, region: string | undefined, signal?: AbortSignal): Promise<Explanation> {
  return get(route('/alarms', name, 'explain'), { region }, signal);
}

export function replayAlarm(name: string, region: string | undefined, since: string, signal?: AbortSignal): Promise<Replay> {
  return get(route('/alarms', name, 'replay'), { region, since }, signal);
}

export function putAlarm(name: string, region: string | undefined, members: JsonObject): Promise<AlarmAnswer> {
  return change('PUT', route('/alarms', name), members, undefined, { region });
}

export async function deleteAlarm(name: string, region: string | undefined): Promise<void> {
  await change('DELETE', route('/alarms', name), undefined, undefined, { region });
}

export async function muteAlarm(name: string, region: string | undefined, minutes: number): Promise<void> {
  await change('POST', route('/alarms', name, 'mute'), { minutes }, undefined, { region });
}

export async function unmuteAlarm(name: string, region: string | undefined): Promise<void> {
  await change('DELETE', route('/alarms', name, 'mute'), undefined, undefined, { region });
}

export async function setAlarmActions(name: string, region: string | undefined, enabled: boolean): Promise<void> {
  await change('POST', route('/alarms', name, 'actions'), { enabled }, undefined, { region });
}

/** Times of the routes that the command line shares are ISO texts, all others milliseconds. */
export function momentMs(value: string | number | null | undefined): number | undefined {
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
