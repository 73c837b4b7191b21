import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { Parameters, Place } from './address';
import { readPlace, sharedOf, writePlace } from './address';

export interface Navigation {
  place: Place;
  /** Changes parameters of this screen; undefined or '' removes one. */
  set: (changes: Record<string, string | undefined>, how?: 'push' | 'replace') => void;
  go: (path: string, parameters?: Parameters) => void;
  /** The address of another screen with the time range of this one. */
  to: (path: string, parameters?: Parameters) => string;
}

const NavigationContext = createContext<Navigation | null>(null);

export function useNavigation(): Navigation {
  const navigation = useContext(NavigationContext);
  if (!navigation) throw new Error('useNavigation outside of PlaceProvider');
  return navigation;
}

const here = (): Place => readPlace(location.pathname, location.search);

export function PlaceProvider({ children }: { children: ComponentChildren }) {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = () => setPlace(here());
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const navigation = useMemo<Navigation>(() => {
    const open = (next: Place, how: 'push' | 'replace') => {
      const text = writePlace(next);
      if (text === location.pathname + location.search) return;
      if (how === 'push') history.pushState(null, '', text);
      else history.replaceState(null, '', text);
      setPlace(next);
    };
    return {
      place,
      set(changes, how = 'push') {
        const current = here(); // several changes in one turn add up
        const parameters: Record<string, string> = { ...current.parameters };
        for (const [name, value] of Object.entries(changes)) {
          if (value === undefined || value === '') delete parameters[name];
          else parameters[name] = value;
        }
        open({ path: current.path, parameters }, how);
      },
      go(path, parameters = {}) {
        open({ path, parameters: { ...sharedOf(here().parameters), ...parameters } }, 'push');
        document.getElementById('content')?.scrollTo(0, 0);
      },
      to(path, parameters = {}) {
        return writePlace({ path, parameters: { ...sharedOf(place.parameters), ...parameters } });
      },
    };
  }, [place]);
  return <NavigationContext.Provider value={navigation}>{children}</NavigationContext.Provider>;
}

interface LinkProps {
  path: string;
  parameters?: Parameters;
  class?: string;
  title?: string;
  'aria-current'?: 'page';
  'aria-label'?: string;
  onClick?: () => void;
  children: ComponentChildren;
}

/** A real link, so that it opens in a new tab; a plain click stays in the page. */
export function Link({ path, parameters, children, onClick, ...rest }: LinkProps) {
  const navigation = useNavigation();
  return (
    <a
      {...rest}
      href={navigation.to(path, parameters)}
      onClick={(event) => {
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onClick?.();
        navigation.go(path, parameters);
      }}
    >
      {children}
    </a>
  );
}
