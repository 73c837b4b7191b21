// CodeMirror for both languages. It lives in a shadow root, where it keeps its styles as constructed style sheets:
// the page's policy allows no <style>.
import type { Completion as EditorCompletion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, toggleComment } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Catalogue } from '../api/types';
import { formatCount } from '../format/units';
import type { FieldValue } from './catalogue';
import { complete } from './completion';
import { literal, quoted } from './condition';
import type { Language } from './language';
import type { BytePosition } from './position';
import { rangeOfPosition } from './position';
import { tokenOf } from './tokenizer';

export interface EditorOptions {
  text: string;
  language: Language;
  label: string;
  catalogue: () => Catalogue;
  values: (field: string, prefix: string, signal: AbortSignal) => Promise<FieldValue[]>;
  onChange: (text: string) => void;
  onRun: () => void;
}

export interface Editor {
  setText: (text: string) => void;
  setLanguage: (language: Language) => void;
  setProblem: (problem: { position: BytePosition; message: string } | null) => void;
  insert: (text: string) => void;
  focus: () => void;
  destroy: () => void;
}

const THEME = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--text)', fontSize: '13px', border: '1px solid var(--control-border)', borderRadius: '6px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '0' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', minHeight: '92px', maxHeight: '360px', overflow: 'auto' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--text-muted)', border: '0', borderRadius: '6px 0 0 6px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-ground)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-ground)', outline: '1px solid var(--accent)' },
  '.cm-placeholder': { color: 'var(--text-muted)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--border)', borderRadius: '6px', boxShadow: 'var(--shadow-high)', color: 'var(--text)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12px', maxHeight: '280px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent-ground)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--text-muted)', fontStyle: 'normal', fontFamily: 'var(--font)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--bad) 1.5px', textUnderlineOffset: '3px', backgroundColor: 'var(--bad-ground)' },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--bad)' },
});

const COLORS = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--code-keyword)', fontWeight: '600' },
  { tag: tags.string, color: 'var(--code-text)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--text-muted)', fontStyle: 'italic' },
  { tag: tags.function(tags.variableName), color: 'var(--code-function)' },
  { tag: tags.propertyName, color: 'var(--text)' },
  { tag: tags.operator, color: 'var(--text-muted)' },
  { tag: tags.regexp, color: 'var(--code-number)' },
]);

function languageOf(language: Language) {
  return StreamLanguage.define({
    startState: () => ({}),
    token: (stream) => tokenOf(stream, language),
    languageData: { commentTokens: { line: language === 'sql' ? '--' : '#' }, closeBrackets: { brackets: ['(', '[', '"', "'"] } },
    tokenTable: { call: tags.function(tags.variableName) },
  });
}

export function mountEditor(host: HTMLElement, options: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  let language = options.language;
  const languageSlot = new Compartment();
  const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const found = complete(text, context.pos, options.catalogue(), language);
    if (!found || (!context.explicit && found.from === found.to && !found.values)) return null;
    let values: EditorCompletion[] = [];
    if (found.values) {
      const wanted = found.values;
      const controller = new AbortController();
      context.addEventListener('abort', () => controller.abort());
      const written = (value: FieldValue['value']) => {
        if (typeof value === 'number' && !wanted.isInQuotes) return literal(value);
        return language === 'sql' ? `'${String(value).replaceAll("'", "''")}'` : quoted(String(value));
      };
      try {
        values = (await options.values(wanted.field, wanted.prefix, controller.signal)).filter((one) => one.value !== null)
          .map((one, index) => ({ label: written(one.value), detail: `${formatCount(one.records)} records`, type: 'constant', boost: 99 - index }));
      } catch {
        // Without values the fields are still worth offering.
      }
    }
    const others = found.options.slice(0, 200).map((option, index): EditorCompletion => ({
      label: option.text,
      detail: option.hint && option.hint.length > 70 ? `${option.hint.slice(0, 69)}…` : option.hint,
      type: option.kind === 'field' ? 'property' : option.kind === 'function' ? 'function' : 'keyword',
      boost: -index,
      apply: (view, _, from, to) => {
        view.dispatch({ changes: { from, to, insert: option.text }, selection: { anchor: from + option.text.length - (option.back ?? 0) } });
      },
    }));
    return { from: found.from, to: found.to, options: [...values, ...others], filter: false };
  };
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': options.label, spellcheck: 'false', autocorrect: 'off', autocapitalize: 'off' }),
        placeholder('filter action = "REJECT" | stats count(*) as n by srcaddr | sort n desc | limit 20'),
        languageSlot.of(languageOf(language)),
        syntaxHighlighting(COLORS),
        autocompletion({ override: [source], icons: false, activateOnTyping: true }),
        keymap.of([
          { key: 'Mod-Enter', run: () => { options.onRun(); return true; } },
          { key: 'Mod-/', run: toggleComment },
          { key: 'Escape', run: (editor) => { editor.contentDOM.blur(); return true; } },
          ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
        }),
        THEME,
      ],
    }),
  });
  const replace = (from: number, to: number, insert: string) => view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length } });
  return {
    setText(text) {
      if (text !== view.state.doc.toString()) replace(0, view.state.doc.length, text);
    },
    setLanguage(next) {
      if (next === language) return;
      language = next;
      view.dispatch({ effects: languageSlot.reconfigure(languageOf(next)) });
    },
    setProblem(problem) {
      const text = view.state.doc.toString();
      view.dispatch(setDiagnostics(view.state, problem ? [{ ...rangeOfPosition(text, problem.position), severity: 'error', message: problem.message }] : []));
    },
    insert(text) {
      const { from, to } = view.state.selection.main;
      replace(from, to, text);
      view.focus();
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
