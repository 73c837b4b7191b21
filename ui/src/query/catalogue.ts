import { useEffect, useState } from 'preact/hooks';
import { get, route } from '../api/client';
import type { Catalogue } from '../api/types';
import type { Span } from '../time/range';

export const EMPTY_CATALOGUE: Catalogue = { fields: [], functions: [], keywords: { insights: [], sql: [] } };

let shared: Promise<Catalogue> | null = null;

/** What the server knows by name; asked once a page, and again after a failure. */
export function loadCatalogue(): Promise<Catalogue> {
  shared ??= get<Catalogue>('/fields').catch((error: unknown) => {
    shared = null;
    throw error;
  });
  return shared;
}

export function useCatalogue(): Catalogue {
  const [catalogue, setCatalogue] = useState(EMPTY_CATALOGUE);
  useEffect(() => {
    let isCurrent = true;
    // Without it the boxes still take text; they only offer nothing.
    loadCatalogue().then((loaded) => isCurrent && setCatalogue(loaded), () => {});
    return () => {
      isCurrent = false;
    };
  }, []);
  return catalogue;
}

export interface FieldValue {
  value: string | number | boolean | null;
  records: number;
}

export async function loadValues(field: string, prefix: string, span: Span, signal: AbortSignal): Promise<FieldValue[]> {
  const answer = await get<{ values: FieldValue[] }>(route('/fields', field, 'values'), { prefix, since: span.sinceMs, until: span.untilMs, limit: 20 }, signal);
  return answer.values;
}
