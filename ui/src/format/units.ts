// Numbers for people: three significant digits, a space before the unit, decimal multiples.

export type Unit = 'bytes' | 'count' | 'percent' | 'seconds' | 'milliseconds' | 'plain' | 'bytesPerSecond' | 'countPerSecond';

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

function threeDigits(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

function scaled(value: number, units: readonly string[]): string {
  if (!Number.isFinite(value)) return '–';
  let step = 0;
  let rest = value;
  while (Math.abs(rest) >= 999.5 && step < units.length - 1) {
    rest /= 1000;
    step += 1;
  }
  const unit = units[step];
  return unit ? `${threeDigits(rest)} ${unit}` : threeDigits(rest);
}

export const formatBytes = (value: number): string => scaled(value, BYTE_UNITS);
export const formatCount = (value: number): string => scaled(value, COUNT_UNITS);
export const formatPercent = (share: number): string => (Number.isFinite(share) ? `${threeDigits(share * 100)} %` : '–');

/** Every digit, in groups of three: 12 345 678. */
export function formatExact(value: number | string): string {
  const text = String(value);
  if (!/^-?\d+$/.test(text)) return typeof value === 'number' ? String(Number(value.toPrecision(12))) : text;
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'bytes': return formatBytes(value);
    case 'bytesPerSecond': return `${formatBytes(value)}/s`;
    case 'count': return formatCount(value);
    case 'countPerSecond': return `${formatCount(value)}/s`;
    case 'percent': return `${threeDigits(value)} %`;
    case 'milliseconds': return value >= 1000 ? `${threeDigits(value / 1000)} s` : `${threeDigits(value)} ms`;
    case 'seconds': return value !== 0 && Math.abs(value) < 1 ? `${threeDigits(value * 1000)} ms` : `${threeDigits(value)} s`;
    case 'plain': return Math.abs(value) >= 100_000 ? formatCount(value) : String(Number(value.toPrecision(5)));
  }
}

/** +12 %, −3.4 %, as against the period before; null where there is nothing to compare with. */
export function formatChange(now: number, before: number): string | null {
  if (!Number.isFinite(now) || !Number.isFinite(before) || before === 0) return null;
  const change = (now - before) / before;
  if (Math.abs(change) < 0.0005) return '±0 %';
  const size = Math.abs(change);
  if (size >= 1000) return '>×1000';
  if (size >= 10) return `${change > 0 ? '×' : '÷'}${threeDigits(now > before ? now / before : before / now)}`;
  return `${change > 0 ? '+' : '−'}${threeDigits(size * 100)} %`;
}
