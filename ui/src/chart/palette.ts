// Colours that people with any common kind of colour blindness tell apart, by theme (styles/tokens.css).

export const PALETTE_SIZE = 10;

export interface ChartColors {
  series: string[];
  other: string;
  previous: string;
  accept: string;
  reject: string;
  axis: string;
  grid: string;
  text: string;
  surface: string;
  accent: string;
}

export function readColors(element: Element = document.documentElement): ChartColors {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    series: Array.from({ length: PALETTE_SIZE }, (_, index) => read(`--series-${index}`)),
    other: read('--series-other'), previous: read('--series-previous'), accept: read('--accept'), reject: read('--reject'),
    axis: read('--text-muted'), grid: read('--grid'), text: read('--text'), surface: read('--surface'), accent: read('--accent'),
  };
}

/** The class that gives an element the colour of a series: `background: currentColor` and the like. */
export const seriesClass = (index: number): string => `series-${index % PALETTE_SIZE}`;
