// The address bar is the state of a screen: /explore?v=1&since=2h&by=srcaddr. Version 1 addresses open for good:
// a later version adds a step to `upgrade`.

export const STATE_VERSION = 1;

export type Parameters = Readonly<Record<string, string>>;

export interface Place {
  path: string;
  parameters: Parameters;
}

function upgrade(parameters: Record<string, string>): Record<string, string> {
  const { v: _version, ...rest } = parameters;
  return rest;
}

export function readPlace(path: string, search: string): Place {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(search)) parameters[name] = value;
  return { path: path.replace(/\/+$/, '') || '/', parameters: upgrade(parameters) };
}

export function writePlace({ path, parameters }: Place): string {
  const search = new URLSearchParams({ v: String(STATE_VERSION) });
  for (const name of Object.keys(parameters).sort()) {
    const value = parameters[name];
    if (value !== undefined && value !== '') search.set(name, value);
  }
  return `${path}?${search.toString()}`;
}

/** Those that go along from screen to screen. */
export const SHARED_PARAMETERS = ['since', 'until', 'refresh', 'before'] as const;

export function sharedOf(parameters: Parameters): Record<string, string> {
  const shared: Record<string, string> = {};
  for (const name of SHARED_PARAMETERS) {
    const value = parameters[name];
    if (value !== undefined) shared[name] = value;
  }
  return shared;
}

export function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').map((item) => item.trim()).filter((item) => item !== '');
}
