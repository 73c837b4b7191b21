// The grid of a dashboard: 24 columns, rows as many as it takes.

export const COLUMNS = 24;
export const MAXIMUM_HEIGHT = 1000;
// A body may say y: 1e9; a page of so many rows would take the browser with it.
const LOWEST_ROW = 20_000;

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function doOverlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

export function withinGrid(place: Place): Place {
  const width = clamp(Math.round(place.width), 1, COLUMNS);
  return {
    width,
    height: clamp(Math.round(place.height), 1, MAXIMUM_HEIGHT),
    x: clamp(Math.round(place.x), 0, COLUMNS - width),
    y: clamp(Math.round(place.y), 0, LOWEST_ROW),
  };
}

export interface Wish {
  x: number | undefined;
  y: number | undefined;
  width: number;
  height: number;
}

// Widgets without coordinates flow: each takes the highest place that is free below what stands there
// already, the leftmost of these.
export function placeAll(wishes: readonly Wish[]): Place[] {
  const bottoms = new Array<number>(COLUMNS).fill(0);
  const occupy = (place: Place): void => {
    for (let x = place.x; x < place.x + place.width; ++x) {
      bottoms[x] = Math.max(bottoms[x] ?? 0, place.y + place.height);
    }
  };
  const placed = wishes.map((wish) =>
    wish.x === undefined || wish.y === undefined ? undefined : withinGrid({ x: wish.x, y: wish.y, width: wish.width, height: wish.height }),
  );
  placed.forEach((place) => place && occupy(place));
  return wishes.map((wish, i) => {
    const known = placed[i];
    if (known) {
      return known;
    }
    const place = withinGrid({ x: 0, y: 0, width: wish.width, height: wish.height });
    let best = { x: 0, y: Number.POSITIVE_INFINITY };
    for (let x = 0; x + place.width <= COLUMNS; ++x) {
      const y = Math.max(...bottoms.slice(x, x + place.width));
      if (y < best.y) {
        best = { x, y };
      }
    }
    const found = { ...place, ...best };
    occupy(found);
    return found;
  });
}

// Puts one widget where it is wanted; what it would cover moves down, and pushes on what is below.
export function moveTo(places: readonly Place[], index: number, wanted: Place): Place[] {
  const result = places.map((place) => ({ ...place }));
  const mover = withinGrid(wanted);
  result[index] = mover;
  const settled: Place[] = [mover];
  const others = result
    .map((place, i) => ({ place, i }))
    .filter(({ i }) => i !== index)
    .sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  for (const { place } of others) {
    for (let isFree = false; !isFree;) {
      isFree = true;
      for (const other of settled) {
        if (doOverlap(place, other)) {
          place.y = other.y + other.height;
          isFree = false;
        }
      }
    }
    settled.push(place);
  }
  return result;
}

export function rowsOf(places: readonly Place[]): number {
  return places.reduce((rows, place) => Math.max(rows, place.y + place.height), 0);
}
