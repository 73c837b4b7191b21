import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component that is fetched when it is first drawn; until then its place is kept. */
export function lazily<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): ComponentType<P> {
  let fetched: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Component, setComponent] = useState<ComponentType<P> | null>(() => fetched);
    const [hasFailed, setFailed] = useState(false);
    useEffect(() => {
      let isCurrent = true;
      if (!Component) {
        load().then((module) => {
          fetched = module.default;
          if (isCurrent) setComponent(() => module.default);
        }, () => isCurrent && setFailed(true));
      }
      return () => {
        isCurrent = false;
      };
    }, []);
    if (hasFailed) return <p class="bad">A part of the application could not be fetched; load the page again.</p>;
    return Component ? <Component {...props} /> : <div class="lazy-wait" aria-busy="true" />;
  };
}
