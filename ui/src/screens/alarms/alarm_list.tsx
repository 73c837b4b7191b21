import { useRef } from 'preact/hooks';
import { address } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { useNavigation, Link } from '../../app/place';
import { usePreferences } from '../../app/preferences';
import { usePageTime } from '../../app/time';
import { listAlarms, momentMs, type AlarmEntry } from '../../alarm/api';
import { stateOf } from '../../alarm/breaches';
import { pagePicture } from '../../chart/page_picture';
import { Choice } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { ProblemNotice } from '../../parts/notice';
import { Menu, Popover } from '../../parts/popover';
import { Table, type Column } from '../../parts/table';
import { formatAgo, formatMoment } from '../../time/format';
import { StateTag } from './state_tag';

type Filter = 'all' | 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';

const RANK: Record<string, number> = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 };

const momentText = (since: AlarmEntry['since']): string | null => {
  const ms = momentMs(since);
  return ms === undefined ? null : new Date(ms).toISOString();
};

export function AlarmList() {
  const { place, set } = useNavigation();
  const { zone } = usePreferences();
  const pageTime = usePageTime();
  const search = place.parameters['find'] ?? '';
  const root = useRef<HTMLDivElement>(null);
  const { answer, problem } = useAnswer(`alarms ${pageTime.key}`, (signal) => listAlarms(undefined, signal));
  const filter = (place.parameters['state'] ?? 'all') as Filter;
  const all = answer ?? [];
  const counted = (state: string): number => all.filter((alarm) => alarm.state === state).length;
  const words = search.toLowerCase().split(/\s+/);
  const found = all
    .filter((alarm) => filter === 'all' || alarm.state === filter)
    .filter((alarm) => words.every((word) => `${alarm.name} ${alarm.watches} ${alarm.region}`.toLowerCase().includes(word)))
    .sort((a, b) => (RANK[a.state] ?? 3) - (RANK[b.state] ?? 3) || a.name.localeCompare(b.name));
  const nowMs = Date.now();
  const columns: Column<AlarmEntry>[] = [
    { id: 'state', title: 'State', width: 122, text: (alarm) => alarm.state, draw: (alarm) => <StateTag state={stateOf(alarm.state)} /> },
    {
      id: 'name',
      title: 'Alarm',
      text: (alarm) => alarm.name,
      draw: (alarm) => (
        <Link path={`/alarms/${encodeURIComponent(alarm.name)}`} parameters={{ region: alarm.region }}>
          {alarm.name}
        </Link>
      ),
    },
    {
      id: 'since',
      title: 'Since',
      text: (alarm) => {
        const ms = momentMs(alarm.since);
        return ms === undefined ? '–' : formatAgo(ms, nowMs);
      },
      value: (alarm) => momentMs(alarm.since),
    },
    {
      id: 'actions',
      title: 'Actions',
      text: (alarm) => {
        if (alarm.mutedUntilMs !== null && alarm.mutedUntilMs > nowMs) return `muted until ${formatMoment(alarm.mutedUntilMs, zone)}`;
        return alarm.actionsEnabled ? 'on' : 'off';
      },
    },
    { id: 'watches', title: 'Watches', text: (alarm) => alarm.watches ?? '' },
    { id: 'reason', title: 'Reason', grows: true, text: (alarm) => alarm.reason ?? '' },
    { id: 'region', title: 'Region', text: (alarm) => alarm.region },
  ];
  return (
    <div class="stack" ref={root}>
      <div class="toolbar">
        <Choice<Filter>
          label="State"
          value={filter}
          options={[
            { value: 'all', label: `All ${all.length}` },
            { value: 'ALARM', label: `Alarm ${counted('ALARM')}` },
            { value: 'INSUFFICIENT_DATA', label: `No data ${counted('INSUFFICIENT_DATA')}` },
            { value: 'OK', label: `OK ${counted('OK')}` },
          ]}
          onChange={(state) => set({ state: state === 'all' ? undefined : state })}
        />
        <input class="grow" type="search" data-focus-key aria-label="Find an alarm" placeholder="Find by name, metric or region" value={search} onInput={(event) => set({ find: event.currentTarget.value }, 'replace')} />
        <ExportMenu
          what="alarms"
          table={() => ({ columns: columns.map(({ id }) => id), rows: found.map((alarm) => columns.map(({ id, text }) => (id === 'since' ? momentText(alarm.since) : text(alarm)))) })}
          picture={() => {
            const table = root.current?.querySelector<HTMLElement>('.panel');
            return table ? pagePicture(table) : Promise.resolve(null);
          }}
          command={`weir alarm list${filter === 'all' ? '' : ` --state ${filter}`}`}
          call={{ method: 'GET', address: address('/alarms', { state: filter === 'all' ? undefined : filter }) }}
        />
        <Popover icon="plus" kind="primary" label="New alarm" text="New" align="right">
          {(close) => (
            <Menu
              onDone={close}
              items={[
                { label: 'Alarm on a metric', icon: 'metrics', onChoose: () => set({ new: 'metric', draft: undefined }) },
                { label: 'Composite alarm', icon: 'alarms', onChoose: () => set({ new: 'composite', draft: undefined }) },
              ]}
            />
          )}
        </Popover>
      </div>
      {problem && <ProblemNotice problem={problem} />}
      {answer && all.length === 0 && (
        <div class="empty" role="note">
          <h3>No alarms yet</h3>
          <p>An alarm watches one series, or an expression, and says when it crosses a threshold. Make one here, or send it with aws cloudwatch put-metric-alarm.</p>
        </div>
      )}
      {all.length > 0 && found.length === 0 && <p class="muted">No alarm is in this state and has these words.</p>}
      {found.length > 0 && (
        <section class="panel">
          <Table label="Alarms" columns={columns} rows={found} keyOf={(alarm) => `${alarm.region} ${alarm.name}`} maxHeight={700} />
        </section>
      )}
    </div>
  );
}
