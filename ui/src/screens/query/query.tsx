import { useEffect, useRef, useState } from 'preact/hooks';
import { useNavigation } from '../../app/place';
import { usePageTime } from '../../app/time';
import { pagePicture } from '../../chart/page_picture';
import { shellWord } from '../../format/export';
import { formatExact } from '../../format/units';
import { Button, Choice } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import type { Language } from '../../query/language';
import { guessLanguage } from '../../query/language';
import { keepQuery } from '../../query/query_history';
import { useQueryRun } from '../../query/run';
import { instantText } from '../../time/range';
import { AnswerNote } from '../explore/answer_note';
import { QueryEditor } from './query_editor';
import type { EditorHandle } from './query_editor';
import { QueryLibrary } from './query_library';
import { ReferenceButton } from './reference';
import { ResultChart } from './result_chart';
import { ResultTable } from './result_table';

const MOST_ROWS = 10_000;

const EXAMPLES: Array<{ title: string; language: Language; text: string }> = [
  { title: 'Who is refused most', language: 'insights', text: 'filter action = "REJECT"\n| stats count(*) as n by srcaddr, dstport\n| sort n desc\n| limit 20' },
  { title: 'Traffic over time by verdict', language: 'insights', text: 'stats sum(bytes) as bytes by bin(5m), action' },
  { title: 'Pairs with most bytes', language: 'sql', text: 'SELECT srcaddr, dstaddr, sum(bytes) AS bytes\nFROM flows\nGROUP BY srcaddr, dstaddr\nORDER BY bytes DESC\nLIMIT 20' },
];

export default function Query() {
  const navigation = useNavigation();
  const time = usePageTime();
  const { parameters } = navigation.place;
  const asked = parameters.q ?? '';
  const language: Language = parameters.language === 'sql' || (!parameters.language && guessLanguage(asked) === 'sql') ? 'sql' : 'insights';
  const view = parameters.view === 'chart' ? 'chart' : 'table';
  const [text, setText] = useState(asked);
  const editor = useRef<EditorHandle>(null);
  const root = useRef<HTMLDivElement>(null);
  const { run, ask, cancel } = useQueryRun();
  const [round, setRound] = useState(0);
  const picture = useRef<(() => Promise<Blob | null>) | null>(null);

  useEffect(() => {
    setText(asked);
    editor.current?.setText(asked);
  }, [asked]);
  const question = { query: asked, language, since: time.span.sinceMs, until: time.span.untilMs, maxRows: MOST_ROWS };
  // What stands in the address has been asked for, and is asked anew when the time moves.
  useEffect(() => {
    if (asked.trim() !== '') ask(question);
  }, [asked, language, time.key, round]);

  const latest = useRef({ text, language });
  latest.current = { text, language };
  const runNow = () => {
    const now = latest.current;
    if (now.text.trim() === '') return;
    keepQuery({ text: now.text, language: now.language, timeMs: Date.now() });
    if (now.text === asked) setRound((count) => count + 1);
    else navigation.set({ q: now.text, language: now.language });
  };
  const choose = (next: { text: string; language: Language }) => {
    setText(next.text);
    editor.current?.setText(next.text);
    navigation.set({ q: next.text, language: next.language });
  };
  const { problem } = run;
  const causes = run.end?.emptyBecause ?? [];
  const isEmpty = run.end !== null && run.rows.length === 0;
  const command = `weir query ${shellWord(asked)} --since ${instantText(time.span.sinceMs)} --until ${instantText(time.span.untilMs)}`;
  return (
    <div class="stack" ref={root}>
      <div class="toolbar">
        <Choice
          label="Language"
          value={language}
          options={[{ value: 'insights', label: 'Logs Insights' }, { value: 'sql', label: 'SQL' }]}
          onChange={(next) => navigation.set({ language: next, q: asked })}
        />
        {run.isRunning
          ? <Button icon="close" onClick={cancel}>Cancel</Button>
          : <Button kind="primary" icon="play" title="Run (Ctrl Enter)" isDisabled={text.trim() === ''} onClick={runNow}>Run</Button>}
        <QueryLibrary text={text} language={language} onChoose={choose} />
        <ReferenceButton onInsert={(piece) => editor.current?.insert(piece)} />
        <span class="muted small run-progress" role="status">
          {run.isRunning && (run.progress
            ? `${formatExact(run.progress.rowsRead)}${run.progress.rowsTotal ? ` of ${formatExact(run.progress.rowsTotal)}` : ''} records read, ${(run.progress.elapsedMs / 1000).toFixed(1)} s`
            : 'Running')}
        </span>
      </div>
      <QueryEditor
        handle={editor}
        text={text}
        language={language}
        problem={problem?.position ? { position: problem.position, message: problem.detail } : null}
        onChange={setText}
        onRun={runNow}
      />
      {problem && <ProblemNotice problem={problem} />}
      {asked === '' && !run.isRunning && (
        <EmptyState title="Ask the flow records" causes={[{ cause: 'In CloudWatch Logs Insights QL or SQL. Ctrl Enter runs, Ctrl Space completes.', next: 'Or begin with one of these:' }]}>
          {EXAMPLES.map((example) => <Button key={example.title} onClick={() => choose(example)}>{example.title}</Button>)}
        </EmptyState>
      )}
      {asked !== '' && (!problem || run.rows.length > 0) && (
        <Panel
          title={run.end ? <>{formatExact(run.end.rowCount)} {run.end.rowCount === 1 ? 'row' : 'rows'}{run.end.isTruncated && <small class="warn"> of more: the answer was cut at {formatExact(MOST_ROWS)}</small>}</> : run.rows.length ? `${formatExact(run.rows.length)} rows so far` : 'Result'}
          isLoading={run.isRunning}
          class="result-panel"
          actions={
            <>
              <Choice label="View" value={view} options={[{ value: 'table', label: 'Table' }, { value: 'chart', label: 'Chart' }]} onChange={(next) => navigation.set({ view: next }, 'replace')} />
              <ExportMenu
                what="query"
                table={() => ({ columns: run.columns.map((column) => column.name), rows: run.rows })}
                picture={() => {
                  const result = root.current?.querySelector<HTMLElement>('.result-panel > .panel-body');
                  return view === 'chart' ? picture.current?.() ?? Promise.resolve(null) : result ? pagePicture(result) : Promise.resolve(null);
                }}
                command={command}
                call={{ method: 'POST', address: '/api/v1/query', body: question }}
              />
            </>
          }
        >
          {isEmpty
            ? <EmptyState title="No rows" causes={causes} />
            : view === 'table'
              ? <ResultTable columns={run.columns} rows={run.rows} />
              : <ResultChart columns={run.columns} rows={run.rows} onPicture={(draw) => { picture.current = draw; }} />}
        </Panel>
      )}
      {run.end && <AnswerNote answer={run.end} />}
    </div>
  );
}
