import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { address, get } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { usePreferences } from '../../app/preferences';
import { useSession } from '../../app/session';
import { usePageTime } from '../../app/time';
import { pagePicture } from '../../chart/page_picture';
import { shellWord } from '../../format/export';
import { formatBytes, formatExact } from '../../format/units';
import { Button } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import type { Column } from '../../parts/table';
import { Table } from '../../parts/table';
import { formatLength, formatMoment } from '../../time/format';
import type { DoctorFinding, StoredTable, SystemAnswer } from './answers';
import { daysText, keptText, nameOfTable } from './answers';
import { Audit } from './audit';
import { Keys } from './keys';
import { RetentionDialog } from './retention';
import { Users } from './users';

function Facts({ rows }: { rows: ReadonlyArray<readonly [string, ComponentChildren]> }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

function Intake({ system }: { system: SystemAnswer }) {
  const { zone } = usePreferences();
  const { intake } = system;
  const reasons = Object.entries(intake.rejectedByReason).sort((a, b) => b[1] - a[1]);
  return (
    <>
      {intake.problem && <ProblemNotice problem={{ title: 'Flow logs do not come in', status: 0, detail: intake.problem }} />}
      <Facts
        rows={[
          ['Records stored', formatExact(intake.records)],
          ['Records since the start', formatExact(intake.recordsSinceStart)],
          ['Objects taken in', formatExact(intake.files)],
          ['Newest record', intake.newestMs === null ? 'none' : formatMoment(intake.newestMs, zone)],
          ['Lag', intake.lagMs === null ? 'nothing has come yet' : formatLength(intake.lagMs)],
          ['Looked at', intake.paths.length ? intake.paths.join(', ') : 'no path; weir ingest or --ingest takes flow logs in'],
          ['Refused records', formatExact(intake.rejected)],
          ...reasons.map(([reason, count]) => [`Refused: ${reason}`, formatExact(count)] as const),
        ]}
      />
      {intake.notes.map((note) => <p key={note} class="muted">{note}</p>)}
    </>
  );
}

function Storage({ system, onChanged }: { system: SystemAnswer; onChanged: () => void }) {
  const { zone } = usePreferences();
  const { session } = useSession();
  const [changing, setChanging] = useState<StoredTable | null>(null);
  const isAdmin = session.role === 'admin';
  const columns = useMemo((): Array<Column<StoredTable>> => [
    { id: 'name', title: 'Table', text: nameOfTable, grows: true },
    { id: 'records', title: 'Rows', align: 'right', text: (table) => formatExact(table.records), value: (table) => table.records },
    { id: 'bytes', title: 'On disk', align: 'right', text: (table) => formatBytes(table.bytes), value: (table) => table.bytes },
    { id: 'segments', title: 'Segments', align: 'right', text: (table) => formatExact(table.segments), value: (table) => table.segments },
    { id: 'oldest', title: 'Oldest', text: (table) => (table.oldestMs === null ? '–' : formatMoment(table.oldestMs, zone)), value: (table) => table.oldestMs ?? 0 },
    { id: 'newest', title: 'Newest', text: (table) => (table.newestMs === null ? '–' : formatMoment(table.newestMs, zone)), value: (table) => table.newestMs ?? 0 },
    { id: 'retention', title: 'Kept', width: 190, text: keptText, value: (table) => table.retentionDays ?? Infinity },
    ...(isAdmin ? [{
      id: 'change', title: '', width: 96, text: () => '',
      draw: (table: StoredTable) => <Button kind="quiet" label={`Change how long ${nameOfTable(table)} is kept`} onClick={() => setChanging(table)}>Change</Button>,
    }] : []),
  ], [zone, isAdmin]);
  const { store } = system;
  return (
    <>
      <Facts
        rows={[
          ['On disk', formatBytes(store.bytes)],
          ['Free', store.freeBytes === null ? 'unknown' : formatBytes(store.freeBytes)],
          ['Kept in reserve', `${formatBytes(store.reserveBytes)}; below it writing is refused`],
          ['Metrics', `${formatExact(system.metrics.series)} series, ${formatBytes(system.metrics.bytes)}`],
          ['Metrics are kept', system.metrics.tiers.map((tier) => `${formatLength(tier.stepS * 1000)} for ${daysText(tier.retentionDays)}`).join(', ')],
        ]}
      />
      <Table label="Tables of the store" columns={columns} rows={store.tables} keyOf={(table) => table.name} maxHeight={220} />
      {changing && (
        <RetentionDialog
          table={changing}
          onClose={() => setChanging(null)}
          onStored={() => {
            setChanging(null);
            onChanged();
          }}
        />
      )}
    </>
  );
}

function Findings({ findings }: { findings: readonly DoctorFinding[] }) {
  if (findings.length === 0) {
    return <EmptyState title="Nothing found" causes={[{ cause: 'no_findings', detail: 'No alarm, dashboard or query asks for what can never come.', next: '' }]} />;
  }
  return (
    <ul class="findings">
      {findings.map((finding) => (
        <li key={`${finding.rule} ${finding.place} ${finding.subject}`}>
          <strong class={finding.severity === 'error' ? 'bad' : ''}>{finding.severity === 'error' ? 'Error' : 'Warning'}: {finding.subject}</strong>
          <p>{finding.message}</p>
          {finding.fix && <p class="muted">{finding.fix}</p>}
          <p class="muted small">{finding.place} · {finding.rule}</p>
        </li>
      ))}
    </ul>
  );
}

const isoText = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export default function System() {
  const storage = useRef<HTMLDivElement>(null);
  const findings = useRef<HTMLDivElement>(null);
  const time = usePageTime();
  const { zone } = usePreferences();
  const { session } = useSession();
  const system = useAnswer<SystemAnswer>(`system ${time.key}`, (signal) => get('/system', {}, signal));
  const doctor = useAnswer<{ findings: DoctorFinding[] }>(`doctor ${time.key}`, (signal) => get('/doctor', {}, signal));
  if (system.problem && !system.answer) return <ProblemNotice problem={system.problem}><Button onClick={time.refresh}>Try again</Button></ProblemNotice>;
  const { answer } = system;
  return (
    <div class="stack">
      {system.problem && <ProblemNotice problem={system.problem} />}
      <div class="columns-2">
        <Panel title="Intake" isLoading={system.isLoading}>{answer && <Intake system={answer} />}</Panel>
        <Panel title="Server" isLoading={system.isLoading}>
          {answer && (
            <Facts
              rows={[
                ['Version', answer.version],
                ['Runs since', `${formatMoment(answer.startedMs, zone)} (${formatLength(answer.nowMs - answer.startedMs)})`],
                ['Data', answer.dataDirectory],
                ['Account and region', `${answer.account}, ${answer.region}`],
                ['Signed in', session.needsSignIn ? `${session.user ?? ''} (${session.role ?? ''})` : 'not needed: on loopback, without keys'],
                ['Connections', formatExact(answer.server.connections)],
                ['Requests', formatExact(answer.server.requests)],
                ['Streams', `${formatExact(answer.server.streams)} open, ${formatExact(answer.server.streamsCut)} cut short`],
                ['Refused for want of room', formatExact(answer.server.refused)],
                ['Failed', formatExact(answer.server.failed)],
              ]}
            />
          )}
        </Panel>
      </div>
      <Panel
        title="Storage"
        isLoading={system.isLoading}
        actions={answer && (
          <ExportMenu
            what="storage"
            table={() => ({
              columns: ['table', 'rows', 'bytes', 'segments', 'oldest', 'newest', 'kept'],
              rows: answer.store.tables.map((table) => [nameOfTable(table), table.records, table.bytes, table.segments, isoText(table.oldestMs), isoText(table.newestMs), keptText(table)]),
            })}
            picture={() => (storage.current ? pagePicture(storage.current) : Promise.resolve(null))}
            command={`weir store info --data ${shellWord(answer.dataDirectory)}`}
            call={{ method: 'GET', address: address('/system') }}
          />
        )}
      >
        <div ref={storage}>{answer && <Storage system={answer} onChanged={time.refresh} />}</div>
      </Panel>
      <Panel
        title="What can never work"
        isLoading={doctor.isLoading}
        actions={doctor.answer && answer && (
          <ExportMenu
            what="findings"
            table={() => ({ columns: ['severity', 'rule', 'place', 'subject', 'message', 'fix'], rows: doctor.answer!.findings.map(({ severity, rule, place, subject, message, fix }) => [severity, rule, place, subject, message, fix]) })}
            picture={() => (findings.current ? pagePicture(findings.current) : Promise.resolve(null))}
            command={`weir doctor --data ${shellWord(answer.dataDirectory)}`}
            call={{ method: 'GET', address: address('/doctor') }}
          />
        )}
      >
        {doctor.problem && <ProblemNotice problem={doctor.problem} />}
        <div ref={findings}>{doctor.answer && <Findings findings={doctor.answer.findings} />}</div>
      </Panel>
      <Users />
      <Keys />
      {session.role === 'admin' && <Audit refreshKey={time.key} />}
    </div>
  );
}
