// Every screen of the application, in the order of the navigation. A screen is loaded when it is first opened.
import type { ComponentType } from 'preact';
import type { IconName } from '../parts/icon';

export interface Screen {
  path: string;
  title: string;
  icon: IconName;
  /** Opens it after `g`. */
  letter: string;
  /** Draws the period before behind when asked to. */
  canCompare?: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

export const SCREENS: readonly Screen[] = [
  { path: '/', title: 'Overview', icon: 'overview', letter: 'o', load: () => import('../screens/overview/overview') },
  { path: '/explore', title: 'Explore', icon: 'explore', letter: 'e', canCompare: true, load: () => import('../screens/explore/explore') },
  { path: '/flows', title: 'Flows', icon: 'flows', letter: 'f', load: () => import('../screens/flows/flows') },
  { path: '/query', title: 'Query', icon: 'query', letter: 'q', load: () => import('../screens/query/query') },
  { path: '/map', title: 'Map', icon: 'map', letter: 'm', load: () => import('../screens/map/map') },
  { path: '/metrics', title: 'Metrics', icon: 'metrics', letter: 't', load: () => import('../screens/metrics/metrics') },
  { path: '/alarms', title: 'Alarms', icon: 'alarms', letter: 'a', load: () => import('../screens/alarms/alarms') },
  { path: '/dashboards', title: 'Dashboards', icon: 'dashboards', letter: 'd', load: () => import('../screens/dashboards/dashboards') },
  { path: '/system', title: 'System', icon: 'system', letter: 's', load: () => import('../screens/system/system') },
];

/** The screen that has the longest path before `path`: /dashboards/name is the screen /dashboards. */
export function screenAt(path: string): Screen | null {
  let best: Screen | null = null;
  for (const screen of SCREENS) {
    const matches = screen.path === path || (screen.path !== '/' && path.startsWith(`${screen.path}/`));
    if (matches && (!best || screen.path.length > best.path.length)) best = screen;
  }
  return best;
}
