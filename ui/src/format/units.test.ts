import { describe, expect, it } from 'vitest';
import { formatBytes, formatChange, formatCount, formatExact, formatPercent, formatValue } from './units';

describe('units', () => {
  it.each([
    [0, '0 B'], [999, '999 B'], [999.6, '1 kB'], [1200, '1.2 kB'], [1_234_567_890, '1.23 GB'], [999_499_999, '999 MB'], [999_500_000, '1 GB'], [-1500, '-1.5 kB'], [100, '100 B'], [2e21, '2000 EB'],
  ])('bytes %d', (value, text) => expect(formatBytes(value)).toBe(text));
  it.each([[3400, '3.4 k'], [10, '10'], [0.25, '0.25'], [1_000_000, '1 M'], [NaN, '–']])('counts %d', (value, text) => expect(formatCount(value)).toBe(text));
  it('keeps every digit where asked to', () => {
    expect(formatExact(1234567)).toBe('1\u202f234\u202f567');
    expect(formatExact('90071992547409931')).toBe('90\u202f071\u202f992\u202f547\u202f409\u202f931');
    expect(formatExact(0.1 + 0.2)).toBe('0.3');
  });
  it('says what is absent, and never zero for it', () => {
    expect(formatValue(null, 'bytes')).toBe('–');
    expect(formatValue(0, 'bytes')).toBe('0 B');
  });
  it('has units of time and shares', () => {
    expect(formatValue(0.0123, 'seconds')).toBe('12.3 ms');
    expect(formatValue(1500, 'milliseconds')).toBe('1.5 s');
    expect(formatPercent(0.123)).toBe('12.3 %');
    expect(formatValue(12_500, 'bytesPerSecond')).toBe('12.5 kB/s');
  });
  it('compares with the period before', () => {
    expect(formatChange(112, 100)).toBe('+12 %');
    expect(formatChange(90, 100)).toBe('−10 %');
    expect(formatChange(100, 100)).toBe('±0 %');
    expect(formatChange(5000, 100)).toBe('×50');
    expect(formatChange(5000, 1)).toBe('>×1000');
    expect(formatChange(5, 0)).toBeNull();
  });
});
