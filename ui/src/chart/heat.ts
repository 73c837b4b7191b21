export const HEAT_LEVELS = 7;

/** 0 for zero, 1 to 7 by the logarithm of the value against the highest over four decades, null for none. */
export function heatLevel(value: number | null | undefined, highest: number): number | null {
  if (value === null || value === undefined) return null;
  if (value <= 0 || highest <= 0) return 0;
  const decades = Math.log10(highest / value);
  return Math.max(1, Math.min(HEAT_LEVELS, HEAT_LEVELS - Math.floor((decades / 4) * HEAT_LEVELS)));
}
