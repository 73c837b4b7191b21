import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { IconName } from './icon';
import { Button } from './button';

/** Between a box and the edges of the page. */
const EDGE = 10;

interface PopoverProps {
  label: string;
  icon?: IconName;
  text?: ComponentChildren;
  kind?: 'plain' | 'primary' | 'quiet';
  align?: 'left' | 'right';
  children: (close: () => void) => ComponentChildren;
}

/** A button that opens a box under it; Escape, a click elsewhere or a choice closes it and gives the focus back. */
export function Popover({ label, icon, text, kind = 'plain', align = 'left', children }: PopoverProps) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    root.current?.querySelector<HTMLElement>('.popover input, .popover button, .popover select')?.focus();
    const onPointer = (event: Event) => {
      if (!event.composedPath().includes(root.current!)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      setOpen(false);
      root.current?.querySelector('button')?.focus();
    };
    addEventListener('pointerdown', onPointer);
    root.current?.addEventListener('keydown', onKey);
    const held = root.current;
    return () => {
      removeEventListener('pointerdown', onPointer);
      held?.removeEventListener('keydown', onKey);
    };
  }, [isOpen]);
  // On a narrow page a box may not reach beyond its edges, wherever its button stands.
  useLayoutEffect(() => {
    const box = root.current?.querySelector<HTMLElement>('.popover');
    if (!isOpen || !box) return;
    const { left, right } = box.getBoundingClientRect();
    const shift = Math.max(EDGE - left, 0) - Math.max(right + EDGE - document.documentElement.clientWidth, 0);
    if (shift !== 0) box.style.translate = `${shift}px`;
  }, [isOpen]);
  return (
    <div class="popover-root" ref={root}>
      <Button icon={icon} kind={kind} label={text === undefined ? label : undefined} title={label} aria-expanded={isOpen} aria-haspopup="true" onClick={() => setOpen(!isOpen)}>
        {text}
      </Button>
      {isOpen && (
        <div class={`popover ${align}`} role="dialog" aria-label={label}>
          {children(() => {
            setOpen(false);
            root.current?.querySelector('button')?.focus();
          })}
        </div>
      )}
    </div>
  );
}

export interface MenuItem {
  label: string;
  hint?: string;
  icon?: IconName;
  onChoose: () => void;
}

export function Menu({ items, onDone }: { items: readonly MenuItem[]; onDone: () => void }) {
  return (
    <ul class="menu">
      {items.map((item) => (
        <li key={item.label}>
          <Button
            kind="quiet"
            icon={item.icon}
            onClick={() => {
              onDone();
              item.onChoose();
            }}
          >
            {item.label}
            {item.hint && <small>{item.hint}</small>}
          </Button>
        </li>
      ))}
    </ul>
  );
}
