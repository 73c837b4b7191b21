// The one door to /api/v1. Problems become ProblemError; leaving a screen aborts what it asked for.

export interface Problem {
  title: string;
  status: number;
  detail: string;
  next?: string;
  nextStep?: string;
  requestId?: string;
  position?: { offset: number; line: number; column: number; length: number };
  suggestions?: string[];
}

export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.problem = problem;
  }
}

let csrfToken: string | null = null;
let onSignInNeeded: () => void = () => {};

export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

export function whenSignInIsNeeded(callback: () => void): void {
  onSignInNeeded = callback;
}

export type Arguments = Record<string, string | number | boolean | null | undefined>;

export function address(path: string, query: Arguments = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text ? `?${text}` : ''}`;
}

/** Path segments from data: `route('/alarms', name, 'explain')`. */
export function route(...segments: string[]): string {
  return segments.map((segment, index) => (index === 0 ? segment : `/${encodeURIComponent(segment)}`)).join('');
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback: Problem = { title: response.statusText || 'Problem', status: response.status, detail: `The server answered ${response.status}.` };
  try {
    const body = (await response.json()) as Partial<Problem>;
    return typeof body === 'object' && body !== null ? { ...fallback, ...body } : fallback;
  } catch {
    return fallback;
  }
}

export function unreachable(): Problem {
  return {
    title: 'The server cannot be reached', status: 0, detail: 'There was no answer from weir serve.',
    nextStep: 'See whether it still runs; this page tries again at the next refresh.',
  };
}

async function send(method: string, where: string, body: unknown, signal?: AbortSignal, accept = 'application/json', more: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept, ...more };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrfToken) headers['X-Weir-Csrf'] = csrfToken;
  let response: Response;
  try {
    response = await fetch(where, {
      method, headers, credentials: 'same-origin',
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ProblemError(unreachable());
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401) onSignInNeeded();
    throw new ProblemError(problem);
  }
  return response;
}

export async function get<T>(path: string, query: Arguments = {}, signal?: AbortSignal): Promise<T> {
  return getAddress<T>(address(path, query), signal);
}

/** Of an address that is whole already: "/api/v1/..". */
export async function getAddress<T>(where: string, signal?: AbortSignal): Promise<T> {
  return (await (await send('GET', where, undefined, signal)).json()) as T;
}

/** An answer with the tag of the state that it shows: a change that names it is refused (412) once that state is past. */
export async function getTagged<T>(path: string, query: Arguments = {}, signal?: AbortSignal): Promise<{ answer: T; tag: string | null }> {
  const response = await send('GET', address(path, query), undefined, signal);
  return { answer: (await response.json()) as T, tag: response.headers.get('ETag') };
}

export async function getText(path: string, query: Arguments = {}, signal?: AbortSignal): Promise<string> {
  return (await send('GET', address(path, query), undefined, signal, 'text/plain')).text();
}

/** POST, PUT or DELETE; an answer without body is null. A text goes out as it is, anything else as JSON. */
export async function change<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal, query: Arguments = {}, headers: Record<string, string> = {}): Promise<T> {
  const response = await send(method, address(path, query), body, signal, 'application/json', headers);
  const text = await response.text();
  return (text === '' ? null : JSON.parse(text)) as T;
}

/** Lines of NDJSON as they come; a line cut short at the end is a problem of its own. */
export async function readLines(body: ReadableStream<Uint8Array>, onLine: (line: unknown) => void): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    let from = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      const line = rest.slice(from, end);
      from = end + 1;
      if (line.trim()) onLine(JSON.parse(line));
    }
    rest = rest.slice(from);
    if (done) break;
  }
  if (rest.trim()) {
    throw new ProblemError({ title: 'The answer was cut short', status: 0, detail: 'The server closed the connection in the middle of a line.', nextStep: 'Ask again.' });
  }
}

export async function streamLines(path: string, body: unknown, onLine: (line: unknown) => void, signal: AbortSignal): Promise<void> {
  const response = await send('POST', address(path), body, signal, 'application/x-ndjson');
  if (response.body) await readLines(response.body, onLine);
}

export function problemFrom(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { title: 'Something failed in this page', status: 0, detail: error instanceof Error ? error.message : String(error) };
}
