import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { change, get, problemFrom } from '../../api/client';
import type { ExploreAnswer, FlowRecord, FlowsAnswer } from '../../api/types';
import { useAnswer } from '../../api/use_answer';
import { listOf } from '../../app/address';
import { useNavigation } from '../../app/place';
import { usePreferences } from '../../app/preferences';
import { usePageTime } from '../../app/time';
import { pagePicture } from '../../chart/page_picture';
import type { ChartSeries } from '../../chart/time_chart';
import { TimeChart } from '../../chart/time_chart';
import { alignmentOf, DEFAULT_COLUMNS, valueOf, widthOf } from '../../flow/columns';
import { flowText, isRejected } from '../../flow/explain';
import { questionOfLink, recordLink } from '../../flow/record_link';
import { useTail } from '../../flow/tail';
import { formatExact } from '../../format/units';
import { Button } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import { Popover } from '../../parts/popover';
import type { Column } from '../../parts/table';
import { Table } from '../../parts/table';
import { useToast } from '../../parts/toast';
import { both, quoted } from '../../query/condition';
import { FieldPicker, FilterBox } from '../../query/filter_box';
import { shellWord } from '../../format/export';
import { rangeOfSpan } from '../../time/range';
import { AddressPanel } from './address_panel';
import { RecordDetail } from './record_detail';

const PAGE = 200;
const EMPTY_TIMES: number[] = [];

export default function Flows() {
  const navigation = useNavigation();
  const time = usePageTime();
  const { zone } = usePreferences();
  const say = useToast();
  const { parameters } = navigation.place;
  const filter = parameters.filter ?? '';
  const isLive = parameters.live === '1';
  const address = parameters.address ?? '';
  const columnNames = parameters.columns ? listOf(parameters.columns) : DEFAULT_COLUMNS;
  const [isPaused, setPaused] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const query = { filter, since: time.span.sinceMs, until: time.span.untilMs, limit: PAGE };
  const { answer, problem, isLoading } = useAnswer<FlowsAnswer>(JSON.stringify([filter, time.key]), (signal) => get('/flows', query, signal));
  const [older, setOlder] = useState<{ of: FlowsAnswer; records: FlowRecord[]; cursor: string | null; isAsking: boolean } | null>(null);
  const tail = useTail(isLive && problem?.position === undefined, filter, isPaused);
  useEffect(() => setPaused(false), [isLive, filter]);

  // The record that is open: one of those that were clicked, or the one that the address names.
  const link = parameters.record ?? '';
  const [clicked, setClicked] = useState<FlowRecord | null>(null);
  const isClicked = clicked !== null && recordLink(clicked) === link;
  const named = isClicked ? null : questionOfLink(link);
  const found = useAnswer<FlowsAnswer>(named && JSON.stringify(named), (signal) => get('/flows', named!, signal));
  const chosen = isClicked ? clicked : named ? found.answer?.records[0] ?? null : null;
  const isGone = named !== null && !found.isLoading && (found.problem !== null || found.answer?.records.length === 0);
  const choose = (record: FlowRecord | null) => {
    setClicked(record);
    navigation.set({ record: record ? recordLink(record) : undefined }, 'replace');
  };

  const pages = older && older.of === answer ? older : null;
  const stored = useMemo(() => (answer ? [...answer.records, ...(pages?.records ?? [])] : []), [answer, pages]);
  const rows = useMemo(() => (isLive ? [...tail.records, ...stored].slice(0, 5000) : stored), [isLive, tail.records, stored]);
  const cursor = pages ? pages.cursor : answer?.cursor ?? null;
  const loadOlder = () => {
    if (!answer || cursor === null || pages?.isAsking) return;
    const before = { of: answer, records: pages?.records ?? [], cursor };
    setOlder({ ...before, isAsking: true });
    get<FlowsAnswer>('/flows', { ...query, cursor }).then(
      (next) => setOlder({ of: answer, records: [...before.records, ...next.records], cursor: next.cursor, isAsking: false }),
      (error: unknown) => {
        setOlder({ ...before, cursor: null, isAsking: false });
        say(problemFrom(error).detail, 'error');
      },
    );
  };
  const histogramQuestion = { filter, by: ['action'], metric: 'flows', top: 5, orderBy: 'total', since: query.since, until: query.until, points: 120, previous: false };
  const histogram = useAnswer<ExploreAnswer>(JSON.stringify(['histogram', filter, time.key]), (signal) => change('POST', '/explore', histogramQuestion, signal));
  const bars = useMemo((): ChartSeries[] => (histogram.answer?.series ?? []).map((one, index) => ({
    label: String(one.key[0] ?? 'no verdict'), values: one.values, color: one.key[0] === 'REJECT' ? 'reject' : one.key[0] === 'ACCEPT' ? 'accept' : index + 2,
  })), [histogram.answer]);
  const columns = useMemo(() => columnNames.map((field): Column<FlowRecord> => ({
    id: field, title: field, isMono: true, align: alignmentOf(field), width: widthOf(field),
    text: (row) => flowText(field, valueOf(row, field), zone),
    value: (row) => valueOf(row, field),
    draw: field === 'action'
      ? (row) => {
          const value = String(valueOf(row, field) ?? '');
          return value ? <span class={`tag ${isRejected(value) ? 'reject' : 'accept'}`}>{value}</span> : null;
        }
      : undefined,
  })), [columnNames.join(), zone]);
  const narrow = (condition: string) => navigation.set({ filter: both(filter, condition) });
  const range = rangeOfSpan(time.span);
  const command = `weir query ${shellWord(`${filter ? `filter ${filter} | ` : ''}fields ${columnNames.join(', ')} | sort start desc | limit ${PAGE}`)} --since ${range.since} --until ${range.until}`;
  const isParseProblem = problem?.position !== undefined;
  return (
    <div class={`flows${chosen || isGone || address ? ' with-side' : ''}`}>
      <div class="stack" ref={root}>
        <FilterBox value={filter} onApply={(next) => navigation.set({ filter: next })} problem={isParseProblem ? problem : null} />
        {problem && !isParseProblem && <ProblemNotice problem={problem} />}
        <Panel
          title={isLive ? <LiveTitle state={tail.state} waiting={tail.waiting} dropped={tail.dropped} isPaused={isPaused} /> : <>{formatExact(rows.length)}{cursor ? '+' : ''} records, newest first</>}
          isLoading={isLoading}
          actions={
            <>
              {isLive && <Button icon={isPaused ? 'play' : 'pause'} onClick={() => setPaused(!isPaused)}>{isPaused ? 'Go on' : 'Pause'}</Button>}
              <Button isPressed={isLive} icon="flows" onClick={() => navigation.set({ live: isLive ? undefined : '1' })}>Live</Button>
              <Popover icon="columns" kind="quiet" label="Columns" align="right">
                {() => (
                  <div class="column-picker">
                    <FieldPicker label="Columns" chosen={columnNames} most={40} onChange={(names) => navigation.set({ columns: names.join(',') }, 'replace')} />
                    <Button kind="quiet" onClick={() => navigation.set({ columns: undefined }, 'replace')}>The usual ones</Button>
                  </div>
                )}
              </Popover>
              <ExportMenu
                what="flows"
                table={() => ({ columns: columnNames, rows: rows.map((row) => columnNames.map((field) => valueOf(row, field))) })}
                picture={() => {
                  const panel = root.current?.querySelector<HTMLElement>('.panel');
                  return panel ? pagePicture(panel) : Promise.resolve(null);
                }}
                command={command}
                call={{ method: 'GET', address: `/api/v1/flows?${new URLSearchParams({ filter, since: String(query.since), until: String(query.until), limit: String(PAGE) }).toString()}` }}
              />
            </>
          }
        >
          {!isLive && !(answer && rows.length === 0) && (
            <TimeChart label="Records by verdict" kind="stacked" timesMs={histogram.answer?.timesMs ?? EMPTY_TIMES} series={bars} span={time.span} unit="count" height={110} legend="none" onZoom={time.setSpan} />
          )}
          {rows.length > 0
            ? (
              <Table
                label="Flow records"
                columns={columns}
                rows={rows}
                isSortable={!isLive}
                maxHeight={620}
                onRow={(row) => choose(link !== '' && recordLink(row) === link ? null : row)}
                isChosen={(row) => link !== '' && recordLink(row) === link}
                classOf={(row) => (isRejected(valueOf(row, 'action')) ? 'rejected' : '')}
                onEnd={cursor && !isLive ? loadOlder : undefined}
              />
            )
            : answer && !isLive && !problem && (
              <EmptyState title="No records" causes={answer.emptyBecause ?? []}>
                {filter && <Button onClick={() => navigation.set({ filter: undefined })}>Without the filter</Button>}
              </EmptyState>
            )}
          {isLive && rows.length === 0 && <EmptyState title="Waiting for records" causes={[{ cause: 'New records show here as the server takes them in.', next: 'The history of the time above shows without Live.' }]} />}
        </Panel>
      </div>
      {chosen && !address && (
        <RecordDetail
          record={chosen}
          onClose={() => choose(null)}
          onNarrow={narrow}
          onAddress={(one) => navigation.set({ address: one })}
        />
      )}
      {isGone && !address && (
        <aside class="side">
          <EmptyState title="That record is not here" causes={[{ cause: 'No stored record is what the address names; it may be past what is kept.', next: 'Choose another record.' }]}>
            <Button onClick={() => choose(null)}>Close</Button>
          </EmptyState>
        </aside>
      )}
      {address && (
        <AddressPanel
          address={address}
          onClose={() => navigation.set({ address: undefined })}
          onAddress={(one) => navigation.set({ address: one })}
          onNarrow={() => navigation.set({ filter: both(filter, `(srcaddr = ${quoted(address)} or dstaddr = ${quoted(address)})`), address: undefined })}
        />
      )}
    </div>
  );
}

function LiveTitle({ state, waiting, dropped, isPaused }: { state: string; waiting: number; dropped: number; isPaused: boolean }) {
  const words = isPaused ? `Paused, ${formatExact(waiting)} waiting` : state === 'open' ? 'Live' : state === 'lost' ? 'Connection lost, trying again' : 'Connecting';
  return (
    <span class="live-title" role="status">
      <i class={`live-dot ${isPaused ? 'paused' : state}`} aria-hidden="true" />{words}
      {dropped > 0 && <small class="warn"> {formatExact(dropped)} came too fast to be shown</small>}
    </span>
  );
}

