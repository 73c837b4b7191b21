import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { Zone } from '../time/range';

export type Theme = 'system' | 'light' | 'dark';

export interface Preferences {
  theme: Theme;
  isDark: boolean;
  zone: Zone;
  setTheme: (theme: Theme) => void;
  setZone: (zone: Zone) => void;
}

const PreferencesContext = createContext<Preferences | null>(null);

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (!preferences) throw new Error('usePreferences outside of PreferencesProvider');
  return preferences;
}

/** localStorage, where the browser lets us have it. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`weir.${name}`, value);
  } catch {
    // A private window without storage: the choice lasts as long as the page.
  }
}

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`weir.${name}`);
  } catch {
    return null;
  }
}

export function PreferencesProvider({ children }: { children: ComponentChildren }) {
  const [theme, setTheme] = useState<Theme>(() => {
    const kept = recall('theme');
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  });
  const [zone, setZone] = useState<Zone>(() => (recall('zone') === 'utc' ? 'utc' : 'local'));
  const [systemIsDark, setSystemIsDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setSystemIsDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  const isDark = theme === 'dark' || (theme === 'system' && systemIsDark);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'; // before children draw with its colours
  const value = useMemo<Preferences>(() => ({
    theme, isDark, zone,
    setTheme(next) {
      remember('theme', next);
      setTheme(next);
    },
    setZone(next) {
      remember('zone', next);
      setZone(next);
    },
  }), [theme, isDark, zone]);
  return <PreferencesContext.Provider value={value}>{children}</PreferencesContext.Provider>;
}
