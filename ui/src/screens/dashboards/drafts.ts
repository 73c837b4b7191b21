// Bodies that are not saved yet, kept by the browser for as long as its tab is open.

export interface KeptDraft {
  /** Of the body that was opened: saving over another one is a conflict. */
  openedTag: string;
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
    return typeof kept?.openedTag === 'string' && typeof kept.text === 'string' ? { openedTag: kept.openedTag, text: kept.text } : null;
  } catch {
    return null;
  }
}
