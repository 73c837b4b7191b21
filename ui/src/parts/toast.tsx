import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useCallback, useContext, useState } from 'preact/hooks';

type Say = (text: string, kind?: 'info' | 'error') => void;

const ToastContext = createContext<Say>(() => {});

export const useToast = (): Say => useContext(ToastContext);

interface Toast {
  id: number;
  text: string;
  kind: 'info' | 'error';
}

export function ToastProvider({ children }: { children: ComponentChildren }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const say = useCallback<Say>((text, kind = 'info') => {
    const id = performance.now() + Math.random();
    setToasts((before) => [...before.slice(-3), { id, text, kind }]);
    setTimeout(() => setToasts((before) => before.filter((toast) => toast.id !== id)), kind === 'error' ? 8000 : 3500);
  }, []);
  return (
    <ToastContext.Provider value={say}>
      {children}
      <div class="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => <div key={toast.id} class={`toast ${toast.kind}`}>{toast.text}</div>)}
      </div>
    </ToastContext.Provider>
  );
}

export function useCopy(): (text: string, what: string) => void {
  const say = useToast();
  return useCallback((text, what) => {
    const written = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error('no clipboard'));
    written.then(() => say(`${what} copied`), () => say('The browser does not let this page write to the clipboard', 'error'));
  }, [say]);
}
