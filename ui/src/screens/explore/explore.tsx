import { useMemo, useRef, useState } from 'preact/hooks';
import { change } from '../../api/client';
import type { ExploreAnswer } from '../../api/types';
import { useAnswer } from '../../api/use_answer';
import { useNavigation } from '../../app/place';
import { usePageTime } from '../../app/time';
import { Button, Choice, Select } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import { both } from '../../query/condition';
import { FieldPicker, FilterBox } from '../../query/filter_box';
import { formatLength } from '../../time/format';
import { AnswerNote } from './answer_note';
import type { ExploreState, Mark } from './explore_state';
import { filterOfMark, METRICS, MOST_KEYS, ORDERS, readState, tableRows, TOPS, VIEWS, writeState } from './explore_state';
import { ExploreView } from './explore_view';
import { MarkBar } from './mark_bar';
import { SaveView } from './save_view';

const VIEW_TITLES = { line: 'Lines', stacked: 'Stacked', heat: 'Heat map', sankey: 'Sankey', table: 'Table' } as const;
const METRIC_TITLES = { bytes: 'Bytes', packets: 'Packets', flows: 'Flow records', rejects: 'Rejected records' } as const;
const ORDER_TITLES = { total: 'Total', avg: 'Average', max: 'Maximum', last: 'Last' } as const;

export default function Explore() {
  const navigation = useNavigation();
  const time = usePageTime();
  const state = readState(navigation.place.parameters);
  const [mark, setMark] = useState<Mark | null>(null);
  const picture = useRef<(() => Promise<Blob | null>) | null>(null);
  const question = {
    filter: state.filter, by: state.by, metric: state.metric, top: state.top, orderBy: state.order,
    since: time.span.sinceMs, until: time.span.untilMs, points: 300, previous: time.isCompared,
  };
  const loaded = useAnswer<ExploreAnswer>(JSON.stringify([question, time.key]), (signal) => change('POST', '/explore', question, signal));
  const { answer, problem, isLoading } = loaded;
  const set = (changes: Partial<ExploreState>) => {
    setMark(null);
    navigation.set(writeState(changes));
  };
  // Keys belong to the question that was answered, not to the one being asked.
  const answeredBy = useRef(state.by);
  const seenAnswer = useRef<ExploreAnswer | null>(null);
  if (answer !== seenAnswer.current) {
    seenAnswer.current = answer;
    answeredBy.current = state.by;
  }
  const rows = useMemo(() => (answer ? tableRows(answer) : []), [answer]);
  const narrow = (condition: string) => {
    setMark(null);
    set({ filter: both(state.filter, condition) });
  };
  const title = `${METRIC_TITLES[state.metric]}${state.by.length ? ` by ${state.by.join(', ')}` : ''}`;
  const isParseProblem = problem?.position !== undefined;
  return (
    <div class="stack">
      <FilterBox value={state.filter} onApply={(filter) => set({ filter })} problem={isParseProblem ? problem : null} />
      <div class="toolbar">
        <Select label="Show" value={state.metric} options={METRICS.map((value) => ({ value, label: METRIC_TITLES[value] }))} onChange={(metric) => set({ metric })} />
        <FieldPicker chosen={state.by} onChange={(by) => set({ by })} most={MOST_KEYS} />
        <Select label="Top" value={String(state.top)} options={TOPS.map((value) => ({ value: String(value), label: String(value) }))} onChange={(value) => set({ top: Number(value) })} />
        <Select label="by" value={state.order} options={ORDERS.map((value) => ({ value, label: ORDER_TITLES[value] }))} onChange={(order) => set({ order })} />
      </div>
      {problem && !isParseProblem && <ProblemNotice problem={problem} />}
      <Panel
        title={<>{title}{answer && state.view !== 'sankey' && <small class="muted"> per {formatLength(answer.stepMs)}</small>}</>}
        isLoading={isLoading}
        class="explore-panel"
        actions={
          <>
            <Choice label="View" value={state.view} options={VIEWS.map((value) => ({ value, label: VIEW_TITLES[value] }))} onChange={(view) => set({ view })} />
            <SaveView text={title} />
            <ExportMenu
              what={title}
              table={() => ({
                columns: [...answeredBy.current, 'total', 'share', 'avg', 'min', 'max', 'p95', 'last'],
                rows: rows.map((row) => [...(row.key ?? answeredBy.current.map((_, index) => (index === 0 ? row.label : ''))), row.total, row.share, row.avg, row.min, row.max, row.p95, row.last]),
              })}
              picture={() => picture.current?.() ?? Promise.resolve(null)}
              command={answer?.command}
              call={{ method: 'POST', address: '/api/v1/explore', body: question }}
            />
          </>
        }
      >
        {problem && !answer
          ? isParseProblem && (
            <EmptyState title="Nothing to draw" causes={[{ cause: 'The filter has a mistake, which is marked under it.', next: 'Mend it, or go on without it.' }]}>
              <Button onClick={() => set({ filter: '' })}>Without the filter</Button>
            </EmptyState>
          )
          : answer && answer.emptyBecause.length > 0
          ? (
            <EmptyState title="No records to show" causes={answer.emptyBecause}>
              {state.filter && <Button onClick={() => set({ filter: '' })}>Without the filter</Button>}
            </EmptyState>
          )
          : (
            <ExploreView
              answer={answer}
              state={{ ...state, by: answeredBy.current }}
              rows={rows}
              title={title}
              onMark={setMark}
              onAddField={(field) => set({ by: [...state.by, field] })}
              onPicture={(draw) => { picture.current = draw; }}
            />
          )}
        {mark && (
          <MarkBar
            mark={mark}
            by={answeredBy.current}
            stepMs={answer?.stepMs ?? 60_000}
            onClose={() => setMark(null)}
            onOnly={(chosen) => narrow(filterOfMark(chosen, answeredBy.current))}
            onWithout={(chosen) => narrow(filterOfMark(chosen, answeredBy.current, true))}
            onRecords={(chosen, range) => {
              const filter = both(state.filter, filterOfMark(chosen, answeredBy.current));
              navigation.go('/flows', { ...(filter ? { filter } : {}), ...range });
            }}
          />
        )}
      </Panel>
      {answer && <AnswerNote answer={answer} />}
    </div>
  );
}
