// Bodies that are not saved yet, kept by the browser for as long as its tab is open.

export interface KeptDraft {
  /** When the body that was opened had been stored: saving over a newer one is a conflict. */
  openedMs: number;
  text: string;
}

const keyOf = (name: string): string => `weir.dashboard.${name}`;

export function keepDraft(name: string, draft: KeptDraft | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(keyOf(name));
    else sessionStorage.setItem(keyOf(name), JSON.stringify(draft));
  } catch {
    // No storage, or none left: the draft lasts as long as its screen.
  }
}

export function keptDraft(name: string): KeptDraft | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(keyOf(name)) ?? 'null') as Partial<KeptDraft> | null;
    return typeof kept?.openedMs === 'number' && typeof kept.text === 'string' ? { openedMs: kept.openedMs, text: kept.text } : null;
  } catch {
    return null;
  }
}
