import type { ComponentChildren, RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { kindName } from './kinds';
import { COLUMNS, moveTo, type Place } from '../../dashboard/layout';

export const ROW_PX = 44;
export const GAP_PX = 8;

interface GridItem {
  key: string;
  title: string;
  type: string;
  isPlain: boolean;
  draw: () => ComponentChildren;
}

interface GridProps {
  root: RefObject<HTMLDivElement | null>;
  places: readonly Place[];
  items: readonly GridItem[];
  isEditing: boolean;
  onPlaces: (places: Place[]) => void;
}

interface Drag {
  index: number;
  how: 'move' | 'resize';
  startX: number;
  startY: number;
  from: Place;
}

/** 24 columns; while editing, widgets are dragged by their heads and sized by their corners, or both by arrow keys. */
export function Grid({ root, places, items, isEditing, onPlaces }: GridProps) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const [preview, setPreview] = useState<Place[] | null>(null);
  const [spoken, setSpoken] = useState('');
  const shown = preview ?? places;

  const wanted = (event: PointerEvent, current: Drag): Place => {
    const columnPx = ((root.current?.clientWidth ?? 0) + GAP_PX) / COLUMNS;
    const right = Math.round((event.clientX - current.startX) / columnPx);
    const down = Math.round((event.clientY - current.startY) / (ROW_PX + GAP_PX));
    return current.how === 'move'
      ? { ...current.from, x: current.from.x + right, y: current.from.y + down }
      : { ...current.from, width: Math.min(current.from.width + right, COLUMNS - current.from.x), height: current.from.height + down };
  };

  const begin = (event: PointerEvent, index: number, how: Drag['how']): void => {
    const from = places[index];
    if (!isEditing || event.button !== 0 || !from) return;
    if (how === 'move' && event.target instanceof Element && event.target.closest('button, a, input, .popover')) return;
    event.preventDefault();
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    setDrag({ index, how, startX: event.clientX, startY: event.clientY, from });
  };

  const follow = (event: PointerEvent): void => {
    if (drag) setPreview(moveTo(places, drag.index, wanted(event, drag)));
  };

  const finish = (event: PointerEvent): void => {
    if (!drag) return;
    const next = moveTo(places, drag.index, wanted(event, drag));
    setDrag(null);
    setPreview(null);
    if (JSON.stringify(next) !== JSON.stringify(places)) onPlaces(next);
  };

  const cancel = (): void => {
    setDrag(null);
    setPreview(null);
  };

  const onKey = (event: KeyboardEvent, index: number): void => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const from = places[index];
    if (!step || !from) return;
    event.preventDefault();
    event.stopPropagation();
    const [right, down] = step as [number, number];
    const to = event.shiftKey
      ? { ...from, width: Math.min(from.width + right, COLUMNS - from.x), height: from.height + down }
      : { ...from, x: from.x + right, y: from.y + down };
    const next = moveTo(places, index, to);
    const place = next[index]!;
    setSpoken(`${items[index]?.title ?? 'Widget'}: column ${place.x + 1}, row ${place.y + 1}, ${place.width} wide, ${place.height} high`);
    onPlaces(next);
  };

  // In the order they are read, which is also the order of a narrow page.
  const order = shown.map((_, i) => i).sort((a, b) => shown[a]!.y - shown[b]!.y || shown[a]!.x - shown[b]!.x);
  return (
    <div class={`dashboard-grid${isEditing ? ' editing' : ''}`} ref={root}>
      {order.map((i) => {
        const place = shown[i]!;
        const item = items[i]!;
        return (
          <article
            key={item.key}
            class={`widget widget-${kindName(item.type)}${item.isPlain ? ' plain' : ''}${drag?.index === i ? ' dragged' : ''}`}
            aria-label={item.title}
            data-place={`${place.x},${place.y},${place.width},${place.height}`}
            style={{
              gridColumn: `${place.x + 1} / span ${place.width}`,
              gridRow: `${place.y + 1} / span ${place.height}`,
              '--rows': String(place.height),
            }}
            onPointerMove={follow}
            onPointerUp={finish}
            onPointerCancel={cancel}
          >
            {isEditing && (
              <div class="widget-grips" onPointerDown={(event) => begin(event, i, 'move')}>
                <button
                  type="button"
                  class="grip"
                  aria-label={`Place of ${item.title}: arrow keys move it, with Shift they size it`}
                  title="Drag to move. Arrow keys move, with Shift they size"
                  onKeyDown={(event) => onKey(event, i)}
                >
                  <GripMarks />
                </button>
              </div>
            )}
            {item.draw()}
            {isEditing && <div class="widget-corner" aria-hidden="true" onPointerDown={(event) => begin(event, i, 'resize')} />}
          </article>
        );
      })}
      <p class="visually-hidden" aria-live="polite">
        {spoken}
      </p>
    </div>
  );
}

function GripMarks() {
  return (
    <svg viewBox="0 0 16 10" width="16" height="10" aria-hidden="true">
      {[2, 8, 14].map((x) => [2, 8].map((y) => <circle key={`${x} ${y}`} cx={x} cy={y} r="1.3" fill="currentColor" />))}
    </svg>
  );
}
