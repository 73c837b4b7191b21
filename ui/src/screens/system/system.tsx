import { useState } from 'preact/hooks';
import { get } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { useSession } from '../../app/session';
import { usePreferences } from '../../app/preferences';
import { usePageTime } from '../../app/time';
import { formatBytes, formatExact } from '../../format/units';
import { Button } from '../../parts/button';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import type { Column } from '../../parts/table';
import { Table } from '../../parts/table';
import { formatAgo, formatLength, formatMoment } from '../../time/format';
import { Keys } from './keys';
import type { SystemAnswer } from './system_facts';
import { factsOf, wordsOf } from './system_facts';

interface Finding {
  severity: 'error' | 'warning';
  rule: string;
  place: string;
  subject: string;
  message: string;
  fix: string;
}

interface AuditEntry {
  timeMs: number;
  who: string;
  action: string;
  what: string;
  peer: string;
}

type StoreTable = SystemAnswer['store']['tables'][number];

function Facts({ facts }: { facts: Array<[string, string]> }) {
  return <dl class="facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

function Doctor() {
  const time = usePageTime();
  const { answer, problem, isLoading } = useAnswer<{ findings: Finding[] }>(time.key, (signal) => get('/doctor', {}, signal));
  return (
    <Panel title="What can never work" isLoading={isLoading}>
      {problem && <ProblemNotice problem={problem} />}
      {answer?.findings.length === 0 && <p class="good">Nothing is wrong with alarms, dashboards and saved queries.</p>}
      <ul class="findings">
        {(answer?.findings ?? []).map((finding, index) => (
          <li key={index} class={finding.severity}>
            <p><span class={`tag ${finding.severity}`}>{finding.severity}</span> <strong>{finding.subject}</strong> <span class="muted small">{finding.place}, {finding.rule}</span></p>
            <p>{finding.message}</p>
            {finding.fix && <p class="muted">{finding.fix}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Audit() {
  const time = usePageTime();
  const { zone } = usePreferences();
  const [cursor, setCursor] = useState<string | null>(null);
  const { answer, problem, isLoading } = useAnswer<{ entries: AuditEntry[]; cursor: string | null }>(`${time.key} ${cursor}`, (signal) => get('/audit', { cursor, limit: 200 }, signal));
  const columns: Array<Column<AuditEntry>> = [
    { id: 'time', title: 'When', isMono: true, width: 164, text: (entry) => formatMoment(entry.timeMs - (entry.timeMs % 1000), zone), value: (entry) => entry.timeMs },
    { id: 'who', title: 'Who', text: (entry) => entry.who },
    { id: 'action', title: 'Did', text: (entry) => entry.action },
    { id: 'what', title: 'What', grows: true, text: (entry) => entry.what },
    { id: 'peer', title: 'From', isMono: true, text: (entry) => entry.peer },
  ];
  if (problem?.status === 403) return null;
  return (
    <Panel
      title="Who changed what"
      isLoading={isLoading}
      actions={
        <>
          {cursor && <Button kind="quiet" onClick={() => setCursor(null)}>Newest</Button>}
          {answer?.cursor && <Button kind="quiet" onClick={() => setCursor(answer.cursor)}>Older</Button>}
        </>
      }
    >
      {problem && <ProblemNotice problem={problem} />}
      {answer && (answer.entries.length
        ? <Table label="Changes" columns={columns} rows={answer.entries} maxHeight={360} />
        : <p class="muted">No alarms, dashboards, keys or users were changed yet.</p>)}
    </Panel>
  );
}

export default function System() {
  const time = usePageTime();
  const { zone } = usePreferences();
  const { session } = useSession();
  const { answer, problem, isLoading } = useAnswer<SystemAnswer>(time.key, (signal) => get('/system', {}, signal));
  if (problem && !answer) return <ProblemNotice problem={problem}><Button onClick={time.refresh}>Try again</Button></ProblemNotice>;
  const moment = (ms: number | null) => (ms === null ? '–' : formatMoment(ms - (ms % 1000), zone));
  const tables: Array<Column<StoreTable>> = [
    { id: 'name', title: 'Table', isMono: true, grows: true, text: (table) => table.name },
    { id: 'records', title: 'Records', align: 'right', text: (table) => formatExact(table.records), value: (table) => Number(table.records) },
    { id: 'bytes', title: 'Bytes', align: 'right', text: (table) => formatBytes(Number(table.bytes)), value: (table) => Number(table.bytes) },
    { id: 'share', title: 'Bytes a record', align: 'right', text: (table) => (Number(table.records) ? (Number(table.bytes) / Number(table.records)).toFixed(1) : '–') },
    { id: 'segments', title: 'Segments', align: 'right', text: (table) => formatExact(table.segments), value: (table) => table.segments },
    { id: 'oldest', title: 'Oldest', isMono: true, width: 164, text: (table) => moment(table.oldestMs), value: (table) => table.oldestMs },
    { id: 'newest', title: 'Newest', isMono: true, width: 164, text: (table) => moment(table.newestMs), value: (table) => table.newestMs },
    { id: 'kept', title: 'Kept', align: 'right', text: (table) => (table.retentionDays === null ? 'for good' : `${table.retentionDays} d`) },
  ];
  const rejected = Object.entries(answer?.intake.rejectedByReason ?? {});
  return (
    <div class="stack">
      {problem && <ProblemNotice problem={problem} />}
      {answer?.intake.problem && <ProblemNotice problem={{ title: 'Flow logs are not taken in', status: 0, detail: answer.intake.problem }} />}
      <div class="columns-3">
        <Panel title="Server" isLoading={isLoading}>
          {answer && (
            <Facts
              facts={[
                ['Version', answer.version], ['Runs for', formatLength(answer.nowMs - answer.startedMs)], ['Account and region', `${answer.account}, ${answer.region}`],
                ['Data directory', answer.dataDirectory], ['Signed in', session.user ? `${session.user} (${session.role})` : 'nobody needs to'],
                ...factsOf(answer.server),
              ]}
            />
          )}
        </Panel>
        <Panel title="Taken in" isLoading={isLoading}>
          {answer && (
            <>
              <Facts
                facts={[
                  ['Records stored', formatExact(answer.intake.records)], ['Files', formatExact(answer.intake.files)], ['Lines rejected', formatExact(answer.intake.rejected)],
                  ['Newest record', answer.intake.newestMs === null ? '–' : `${moment(answer.intake.newestMs)} (${formatAgo(answer.intake.newestMs, answer.nowMs)})`],
                  ['Behind the clock by', answer.intake.lagMs === null ? '–' : formatLength(answer.intake.lagMs)],
                  ['Watched', answer.intake.paths?.length ? answer.intake.paths.join(', ') : 'nothing: weir serve --ingest PATH takes flow logs in'],
                ]}
              />
              {rejected.length > 0 && <><h3>Rejected, by reason</h3><Facts facts={rejected.map(([reason, count]) => [wordsOf(reason), formatExact(count)])} /></>}
            </>
          )}
        </Panel>
        <Panel title="Metrics and space" isLoading={isLoading}>
          {answer && (
            <Facts
              facts={[
                ...factsOf(answer.metrics), ['Store', formatBytes(Number(answer.store.bytes))], ['Free on its disk', formatBytes(Number(answer.store.freeBytes))],
              ]}
            />
          )}
        </Panel>
      </div>
      <Panel title="Store" isLoading={isLoading}>
        {answer && (answer.store.tables.length
          ? <Table label="Tables of the store" columns={tables} rows={answer.store.tables} maxHeight={320} />
          : <EmptyState title="The store is empty" causes={[{ cause: 'Nothing was taken in yet.', next: 'weir serve --ingest PATH, or weir ingest PATH beside it.' }]} />)}
      </Panel>
      <Doctor />
      <Keys />
      <Audit />
    </div>
  );
}
