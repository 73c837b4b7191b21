import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../parts/button';
import { Icon } from '../parts/icon';
import { EmptyState, ProblemNotice } from '../parts/notice';
import { CompletenessRibbon } from '../parts/ribbon';
import { TimePicker } from '../time/picker';
import { CoverageProvider } from './coverage';
import { Link, useNavigation } from './place';
import { usePreferences } from './preferences';
import { useSession } from './session';
import type { Screen } from './screens';
import { screenAt, SCREENS } from './screens';
import { Shortcuts } from './shortcuts';

function ThemeSwitch() {
  const { isDark, setTheme } = usePreferences();
  return (
    <Button kind="quiet" icon={isDark ? 'sun' : 'moon'} label={isDark ? 'Light theme' : 'Dark theme'} onClick={() => setTheme(isDark ? 'light' : 'dark')} />
  );
}

function SignOut() {
  const { session, signOut } = useSession();
  if (!session.user) return null;
  return <Button kind="quiet" title={`Signed in as ${session.user}`} onClick={signOut}>Sign out</Button>;
}

function NavigationList({ current, onGo }: { current: Screen | null; onGo: () => void }) {
  return (
    <ul>
      {SCREENS.map((screen) => (
        <li key={screen.path}>
          <Link path={screen.path} aria-current={screen === current ? 'page' : undefined} title={`${screen.title} (g ${screen.letter})`} onClick={onGo}>
            <Icon name={screen.icon} />
            <span>{screen.title}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function ScreenSlot({ screen }: { screen: Screen }) {
  const [loaded, setLoaded] = useState<{ screen: Screen; component: ComponentType } | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    setFailed(false);
    screen.load().then(
      (module) => isCurrent && setLoaded({ screen, component: module.default }),
      () => isCurrent && setFailed(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [screen]);
  if (hasFailed) {
    return (
      <ProblemNotice problem={{ title: 'This screen did not load', status: 0, detail: 'A part of the application could not be fetched; the server may have been replaced by another version.', nextStep: 'Load the page again.' }} />
    );
  }
  if (!loaded || loaded.screen !== screen) return <div class="screen-wait" aria-busy="true" />;
  const Component = loaded.component;
  return <Component />;
}

export function Shell() {
  const { place } = useNavigation();
  const screen = screenAt(place.path);
  const [isMenuOpen, setMenuOpen] = useState(false);
  useEffect(() => {
    document.title = screen ? `${screen.title} · Weir` : 'Weir';
  }, [screen]);
  return (
    <div class={`shell${isMenuOpen ? ' menu-open' : ''}`}>
      <a class="skip" href="#content">To the content</a>
      <nav class="rail" aria-label="Screens">
        <div class="brand">
          <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M2 7c3 0 3 2 6 2s3-2 6-2 3 2 6 2M4 12v8M9 13v7M14 12v8M19 13v7" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" /></svg>
          <span>Weir</span>
        </div>
        <NavigationList current={screen} onGo={() => setMenuOpen(false)} />
        <div class="rail-foot">
          <ThemeSwitch />
          <SignOut />
          <Button kind="quiet" icon="keyboard" label="Keys ( ? )" onClick={() => dispatchEvent(new Event('weir-shortcuts'))} />
        </div>
      </nav>
      <div class="main">
        <header class="bar">
          <Button class="menu-button" kind="quiet" icon={isMenuOpen ? 'close' : 'menu'} label="Screens" aria-expanded={isMenuOpen} onClick={() => setMenuOpen(!isMenuOpen)} />
          <h1>{screen?.title ?? 'Not found'}</h1>
          <TimePicker canCompare={screen?.canCompare === true} />
        </header>
        <CoverageProvider>
          <CompletenessRibbon />
          <main id="content" tabIndex={-1}>
            {screen
              ? <ScreenSlot screen={screen} />
              : <EmptyState title="There is no such screen" causes={[{ cause: `Nothing is at ${place.path}.`, next: 'Choose a screen on the left.' }]} />}
          </main>
        </CoverageProvider>
      </div>
      <Shortcuts canCompare={screen?.canCompare === true} />
    </div>
  );
}
