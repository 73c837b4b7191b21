import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { get } from '../../api/client';
import type { EmptyCause } from '../../api/types';
import { useAnswer } from '../../api/use_answer';
import type { Parameters } from '../../app/address';
import { useCoverage } from '../../app/coverage';
import { Link, useNavigation } from '../../app/place';
import { usePreferences } from '../../app/preferences';
import { usePageTime } from '../../app/time';
import type { ChartHandle } from '../../chart/plot';
import { alignPrevious } from '../../chart/series';
import type { Values } from '../../chart/series';
import { Sparkline } from '../../chart/sparkline';
import type { ChartSeries } from '../../chart/time_chart';
import { TimeChart } from '../../chart/time_chart';
import { formatBytes, formatChange, formatCount, formatPercent } from '../../format/units';
import { shellWord } from '../../format/export';
import { Button } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import { protocolName } from '../../flow/explain';
import { allOf, conditionOf } from '../../query/condition';
import { formatAgo, formatLength, formatMoment } from '../../time/format';
import { instantText } from '../../time/range';
import { coverageWords, ribbonOf } from '../../time/ribbon';
import { AnswerNote } from '../explore/answer_note';
import { BarList } from './bar_list';

type Volumes<T> = Record<'bytes' | 'packets' | 'flows' | 'rejects', T>;

interface OverviewAnswer extends Volumes<Array<number | null>> {
  timesMs: number[];
  stepMs: number;
  previous: Volumes<Array<number | null>> | null;
  totals: Volumes<number>;
  previousTotals: Volumes<number> | null;
  topPairs: Array<{ source: string; destination: string; bytes: number; flows: number }>;
  topPorts: Array<{ protocol: string | number; port: number; service: string | null; bytes: number; flows: number }>;
  rejectedSources: Array<{ source: string; rejects: number }>;
  alarms: { ok: number; alarm: number; insufficient: number };
  coverage: { oldestMs: number | null; newestMs: number | null; gaps: Array<{ fromMs: number; untilMs: number }>; skipdata: number; nodata: number; records: number };
  answeredFrom: string | null;
  emptyBecause: EmptyCause[];
}

interface TileProps {
  title: string;
  path: string;
  parameters?: Parameters;
  value: ComponentChildren;
  note?: ComponentChildren;
  values?: Values;
  before?: Values | undefined;
  color?: string;
}

function Tile({ title, path, parameters, value, note, values, before, color }: TileProps) {
  return (
    <Link class="tile" path={path} parameters={parameters}>
      <span class="tile-title">{title}</span>
      <span class="tile-value">{value}</span>
      <span class="tile-note">{note ?? '\u00a0'}</span>
      {values && <Sparkline values={values} behind={before} width={220} height={30} class={`tile-line ${color ?? 'series-0'}`} />}
    </Link>
  );
}

function changeNote(now: number | undefined, before: number | undefined): string | undefined {
  const text = now === undefined || before === undefined ? null : formatChange(Number(now), Number(before));
  return text ? `${text} vs. before` : undefined;
}

const EMPTY: number[] = [];

export default function Overview() {
  const time = usePageTime();
  const navigation = useNavigation();
  const { zone } = usePreferences();
  const ofSpan = useCoverage();
  const chart = useRef<ChartHandle | null>(null);
  const { answer, problem, isLoading } = useAnswer<OverviewAnswer>(time.key, (signal) =>
    get('/overview', { since: time.span.sinceMs, until: time.span.untilMs, points: 240 }, signal));
  const bytes = useMemo((): ChartSeries[] => {
    if (!answer) return [];
    const shown: ChartSeries[] = [{ label: 'Bytes', values: answer.bytes, color: 0, style: 'area' }];
    if (answer.previous) shown.push({ label: 'Period before', isBehind: true, color: 'previous', values: behind(answer, answer.previous.bytes) });
    return shown;
  }, [answer]);
  const earlier = useMemo(() => {
    if (!answer?.previous) return null;
    const aligned = (values: Values) => behind(answer, [...values]);
    return { bytes: aligned(answer.previous.bytes), packets: aligned(answer.previous.packets), flows: aligned(answer.previous.flows), rejects: aligned(answer.previous.rejects) };
  }, [answer]);
  const verdicts = useMemo((): ChartSeries[] => (answer
    ? [
        { label: 'Rejected', values: answer.rejects, color: 'reject' },
        { label: 'Accepted', values: answer.flows.map((value, index) => (value === null ? null : Math.max(value - (answer.rejects[index] ?? 0), 0))), color: 'accept' },
      ]
    : []), [answer]);
  if (problem && !answer) return <ProblemNotice problem={problem}><Button onClick={time.refresh}>Try again</Button></ProblemNotice>;
  const totals = answer?.totals;
  const before = answer?.previousTotals ?? undefined;
  const coverage = answer?.coverage;
  const words = ofSpan && coverageWords(ofSpan, ribbonOf(ofSpan, time.span));
  if (answer && answer.emptyBecause.length > 0 && !Number(totals?.flows)) {
    return (
      <EmptyState title="No flow records in this time" causes={answer.emptyBecause}>
        {coverage?.newestMs !== null && coverage?.newestMs !== undefined && (
          <Button kind="primary" onClick={() => time.setSpan({ sinceMs: Math.max(coverage.oldestMs ?? 0, coverage.newestMs! - 86_400_000), untilMs: coverage.newestMs! + 1000 })}>
            Show the newest day that is stored
          </Button>
        )}
      </EmptyState>
    );
  }
  const open = (parameters: Parameters) => navigation.go('/explore', parameters);
  return (
    <div class="stack">
      {problem && <ProblemNotice problem={problem} />}
      <div class="tiles">
        <Tile title="Bytes" path="/explore" parameters={{ metric: 'bytes', by: '-', view: 'line' }} value={totals ? formatBytes(Number(totals.bytes)) : '–'} note={changeNote(totals?.bytes, before?.bytes)} values={answer?.bytes ?? EMPTY} before={earlier?.bytes} />
        <Tile title="Packets" path="/explore" parameters={{ metric: 'packets', by: '-', view: 'line' }} value={totals ? formatCount(Number(totals.packets)) : '–'} note={changeNote(totals?.packets, before?.packets)} values={answer?.packets ?? EMPTY} before={earlier?.packets} color="series-2" />
        <Tile title="Flow records" path="/explore" parameters={{ metric: 'flows', by: 'action', view: 'stacked' }} value={totals ? formatCount(Number(totals.flows)) : '–'} note={changeNote(totals?.flows, before?.flows)} values={answer?.flows ?? EMPTY} before={earlier?.flows} color="series-6" />
        <Tile
          title="Rejected"
          path="/explore"
          parameters={{ metric: 'rejects', by: 'srcaddr', view: 'stacked' }}
          value={totals ? formatCount(Number(totals.rejects)) : '–'}
          note={totals && Number(totals.flows) ? `${formatPercent(Number(totals.rejects) / Number(totals.flows))} of records` : undefined}
          values={answer?.rejects ?? EMPTY} before={earlier?.rejects}
          color="series-reject"
        />
        <Tile
          title="Coverage"
          path="/system"
          value={words?.value ?? '–'}
          note={ofSpan && (
            <>
              {words?.note}{' '}
              {ofSpan.newestMs !== null && <span title={formatMoment(ofSpan.newestMs, zone)}>Newest {formatAgo(ofSpan.newestMs, Date.now())}</span>}
            </>
          )}
        />
        <Tile
          title="Alarms"
          path="/alarms"
          value={answer ? <span class={answer.alarms.alarm ? 'bad' : ''}>{answer.alarms.alarm} in ALARM</span> : '–'}
          note={answer && `${answer.alarms.ok} OK, ${answer.alarms.insufficient} without enough data`}
        />
      </div>
      <div class="columns-2">
        <Panel
          title={<>Bytes{answer && <small class="muted"> per {formatLength(answer.stepMs)}, and the period before</small>}</>}
          isLoading={isLoading}
          actions={
            <>
              <Button kind="quiet" onClick={() => open({ metric: 'bytes', by: 'srcaddr,dstaddr', view: 'stacked' })}>Explore</Button>
              <ExportMenu
                what="overview"
                table={() => ({
                  columns: ['time', 'bytes', 'packets', 'flows', 'rejects'],
                  rows: (answer?.timesMs ?? EMPTY).map((ms, index) => [new Date(ms).toISOString(), answer!.bytes[index] ?? null, answer!.packets[index] ?? null, answer!.flows[index] ?? null, answer!.rejects[index] ?? null]),
                })}
                picture={() => chart.current?.picture() ?? Promise.resolve(null)}
                command={answer && `weir query ${shellWord(`stats sum(bytes) as bytes, sum(packets) as packets, count(bytes) as flows by bin(${answer.stepMs / 60_000}m)`)} --since ${instantText(time.span.sinceMs)} --until ${instantText(time.span.untilMs)}`}
                call={{ method: 'GET', address: `/api/v1/overview?${new URLSearchParams({ since: String(time.span.sinceMs), until: String(time.span.untilMs), points: '240' }).toString()}` }}
              />
            </>
          }
        >
          <TimeChart label="Bytes over time" group="overview" timesMs={answer?.timesMs ?? EMPTY} series={bytes} span={time.span} unit="bytes" height={220} onZoom={time.setSpan} handle={(handle) => { chart.current = handle; }} />
        </Panel>
        <Panel
          title={<>Flow records accepted and rejected{answer && <small class="muted"> per {formatLength(answer.stepMs)}</small>}</>}
          isLoading={isLoading}
          actions={<Button kind="quiet" onClick={() => open({ metric: 'flows', by: 'action', view: 'stacked' })}>Explore</Button>}
        >
          <TimeChart
            label="Flow records by verdict"
            kind="stacked"
            group="overview"
            timesMs={answer?.timesMs ?? EMPTY}
            series={verdicts}
            span={time.span}
            unit="count"
            height={220}
            onZoom={time.setSpan}
            onPick={(index) => open({ metric: 'flows', by: 'srcaddr', filter: conditionOf('action', index === 0 ? 'REJECT' : 'ACCEPT') })}
          />
        </Panel>
      </div>
      <div class="columns-3">
        <Panel title="Top talkers" isLoading={isLoading} actions={<Button kind="quiet" onClick={() => open({ metric: 'bytes', by: 'srcaddr,dstaddr', view: 'table' })}>Explore</Button>}>
          <BarList
            rows={(answer?.topPairs ?? []).map((pair) => ({
              label: `${pair.source} → ${pair.destination}`, value: Number(pair.bytes), text: formatBytes(Number(pair.bytes)),
              parameters: { metric: 'bytes', by: 'dstport', filter: allOf([conditionOf('srcaddr', pair.source), conditionOf('dstaddr', pair.destination)]) },
            }))}
          />
        </Panel>
        <Panel title="Top services" isLoading={isLoading} actions={<Button kind="quiet" onClick={() => open({ metric: 'bytes', by: 'protocol,dstport', view: 'table' })}>Explore</Button>}>
          <BarList
            rows={(answer?.topPorts ?? []).map((port) => ({
              label: `${port.service ?? ''} ${port.port}/${protocolName(port.protocol)}`.trim(), value: Number(port.bytes), text: formatBytes(Number(port.bytes)),
              parameters: { metric: 'bytes', by: 'srcaddr,dstaddr', filter: allOf([conditionOf('protocol', Number(port.protocol)), conditionOf('dstport', port.port)]) },
            }))}
          />
        </Panel>
        <Panel title="Rejected sources" isLoading={isLoading} actions={<Button kind="quiet" onClick={() => open({ metric: 'rejects', by: 'srcaddr', view: 'table' })}>Explore</Button>}>
          <BarList
            tone="reject"
            empty="Nothing was rejected."
            rows={(answer?.rejectedSources ?? []).map((source) => ({
              label: source.source, value: Number(source.rejects), text: formatCount(Number(source.rejects)),
              parameters: { metric: 'rejects', by: 'dstaddr,dstport', filter: conditionOf('srcaddr', source.source) },
            }))}
          />
        </Panel>
      </div>
      {answer && <AnswerNote answer={answer} />}
    </div>
  );
}

function behind(answer: OverviewAnswer, values: Array<number | null>): Array<number | null> {
  const sinceMs = answer.timesMs[0] ?? 0;
  return alignPrevious(answer.timesMs, answer.stepMs, { sinceMs, values }, sinceMs);
}
