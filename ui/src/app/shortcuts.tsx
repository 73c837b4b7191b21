import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog';
import { shiftSpan, zoomOut } from '../time/range';
import { useNavigation } from './place';
import { SCREENS } from './screens';
import { usePageTime } from './time';

const isTyping = (event: KeyboardEvent): boolean => {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
};

/** Focuses what the screen marked with data-focus-key: its query. */
function focusQuery(): boolean {
  const target = document.querySelector<HTMLElement>('[data-focus-key]');
  target?.focus();
  return target !== null;
}

const FRAMES_TO_WAIT = 300;

/** Of a screen that is on its way. */
function focusQueryOnceThere(framesLeft = FRAMES_TO_WAIT): void {
  if (framesLeft > 0 && !focusQuery()) requestAnimationFrame(() => focusQueryOnceThere(framesLeft - 1));
}

/** The keys of the whole application, and the list of them behind `?`. */
export function Shortcuts({ canCompare }: { canCompare: boolean }) {
  const navigation = useNavigation();
  const time = usePageTime();
  const [isListed, setListed] = useState(false);
  // What is drawn last, not what the listener was made with: keys may follow one another faster than effects run.
  const latest = useRef({ navigation, time, canCompare });
  latest.current = { navigation, time, canCompare };
  useEffect(() => {
    let isAfterG = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      if (document.querySelector('dialog[open]')) return;
      const { navigation, time, canCompare } = latest.current;
      const isSecond = event.timeStamp - isAfterG < 1500;
      isAfterG = 0;
      const screen = isSecond ? SCREENS.find((one) => one.letter === event.key) : undefined;
      if (screen) navigation.go(screen.path);
      else if (event.key === 'g') isAfterG = event.timeStamp;
      else if (event.key === '/') {
        // A screen without a query of its own leads to the one that filters.
        if (!focusQuery()) {
          navigation.go('/explore');
          focusQueryOnceThere();
        }
      } else if (event.key === '?') setListed(true);
      else if (event.key === 'r') time.refresh();
      else if (event.key === 'p' && canCompare) time.setCompared(!time.isCompared);
      else if (event.key === ',') time.setSpan(shiftSpan(time.span, -1, Date.now()));
      else if (event.key === '.') time.setSpan(shiftSpan(time.span, 1, Date.now()));
      else if (event.key === '-') time.setSpan(zoomOut(time.span, Date.now()));
      else return;
      event.preventDefault();
    };
    const onList = () => setListed(true);
    addEventListener('keydown', onKey);
    addEventListener('weir-shortcuts', onList);
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('weir-shortcuts', onList);
    };
  }, []);
  if (!isListed) return null;
  const keys: Array<[string, string]> = [
    ['/', 'to the query, filter or search; else to Explore'],
    ['Ctrl Enter', 'run the query'],
    ['r', 'refresh'], [',', 'half a window earlier'], ['.', 'half a window later'], ['-', 'zoom out'],
    ['p', 'in Explore: previous period behind, on or off'],
    ...SCREENS.map((screen): [string, string] => [`g ${screen.letter}`, screen.title]),
    ['?', 'these keys'], ['Esc', 'close what is open'],
  ];
  return (
    <Dialog title="Keys" onClose={() => setListed(false)}>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>{key.split(' ').map((one) => <kbd key={one}>{one}</kbd>)}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="muted small">Drag over a chart to zoom into it.</p>
    </Dialog>
  );
}
