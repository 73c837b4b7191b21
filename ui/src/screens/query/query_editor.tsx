import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { usePageTime } from '../../app/time';
import { EMPTY_CATALOGUE, loadCatalogue, loadValues } from '../../query/catalogue';
import type { Editor } from '../../query/editor';
import type { Language } from '../../query/language';
import type { BytePosition } from '../../query/position';

export interface EditorHandle {
  setText: (text: string) => void;
  insert: (text: string) => void;
}

interface QueryEditorProps {
  handle: RefObject<EditorHandle | null>;
  text: string;
  language: Language;
  problem: { position: BytePosition; message: string } | null;
  onChange: (text: string) => void;
  onRun: () => void;
}

/**
 * The editor, fetched when the screen opens; its place is kept until then. It begins with `text` and then holds its own:
 * handing each keystroke back to it would undo those that came since. Other texts come through the handle.
 */
export function QueryEditor({ handle, text, language, problem, onChange, onRun }: QueryEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<Editor | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const { span } = usePageTime();
  const latest = useRef({ span, onChange, onRun, text, language });
  latest.current = { span, onChange, onRun, text, language };
  useEffect(() => {
    let made: Editor | null = null;
    let isGone = false;
    let catalogue = EMPTY_CATALOGUE;
    loadCatalogue().then((loaded) => { catalogue = loaded; }, () => {});
    import('../../query/editor').then(({ mountEditor }) => {
      if (isGone || !host.current) return;
      made = mountEditor(host.current, {
        text: latest.current.text, language: latest.current.language, label: 'Query',
        catalogue: () => catalogue,
        values: (field, prefix, signal) => loadValues(field, prefix, latest.current.span, signal),
        onChange: (next) => latest.current.onChange(next),
        onRun: () => latest.current.onRun(),
      });
      setEditor(made);
      if (document.activeElement === host.current) made.focus(); // somebody was quicker
    }, () => setFailed(true));
    return () => {
      isGone = true;
      made?.destroy();
    };
  }, []);
  useEffect(() => editor?.setLanguage(language), [editor, language]);
  useEffect(() => editor?.setProblem(problem), [editor, problem?.message, problem?.position.offset]);
  useEffect(() => {
    handle.current = editor;
    return () => {
      handle.current = null;
    };
  }, [editor]);
  if (hasFailed) {
    return <textarea class="mono query-plain" aria-label="Query" data-focus-key value={text} onInput={(event) => onChange(event.currentTarget.value)} onKeyDown={(event) => {
      if (event.key === 'Enter' && event.ctrlKey) onRun();
    }} />;
  }
  return <div class="query-editor" ref={host} data-focus-key tabIndex={-1} onFocus={(event) => {
    if (event.target === host.current) editor?.focus();
  }} />;
}
