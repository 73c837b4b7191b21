import { useMemo, useState } from 'preact/hooks';
import { get } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { usePreferences } from '../../app/preferences';
import { Button } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import type { Column } from '../../parts/table';
import { Table } from '../../parts/table';
import { formatMoment } from '../../time/format';
import type { AuditEntry, AuditPage } from './answers';

/** Who changed what, page by page. */
export function Audit({ refreshKey }: { refreshKey: string }) {
  const { zone } = usePreferences();
  const [cursors, setCursors] = useState<string[]>([]);
  const cursor = cursors.at(-1) ?? null;
  const { answer, problem, isLoading } = useAnswer<AuditPage>(`${refreshKey} ${cursor}`, (signal) => get('/audit', { cursor, limit: 100 }, signal));
  const columns = useMemo((): Array<Column<AuditEntry>> => [
    { id: 'time', title: 'Time', text: (entry) => formatMoment(entry.timeMs, zone), value: (entry) => entry.timeMs },
    { id: 'who', title: 'Who', text: (entry) => entry.who || 'this machine' },
    { id: 'action', title: 'Action', text: (entry) => entry.action },
    { id: 'what', title: 'What', text: (entry) => entry.what, grows: true },
    { id: 'peer', title: 'From', text: (entry) => entry.peer || 'socket', isMono: true },
  ], [zone]);
  const entries = answer?.entries ?? [];
  return (
    <Panel
      title="Changes and sign-ins"
      isLoading={isLoading}
      actions={(
        <>
          <ExportMenu what="changes" table={() => ({ columns: ['time', 'who', 'action', 'what', 'from'], rows: entries.map((entry) => [new Date(entry.timeMs).toISOString(), entry.who, entry.action, entry.what, entry.peer]) })} call={{ method: 'GET', address: '/api/v1/audit?limit=1000' }} />
          <Button kind="quiet" icon="left" label="Newer" isDisabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))} />
          <Button kind="quiet" icon="right" label="Older" isDisabled={!answer?.cursor} onClick={() => answer?.cursor && setCursors([...cursors, answer.cursor])} />
        </>
      )}
    >
      {problem && <ProblemNotice problem={problem} />}
      {answer && entries.length === 0
        ? <EmptyState title="Nothing was changed yet" causes={[{ cause: 'no_changes', detail: 'Signing in and changes of alarms, dashboards, keys and users are written down here.', next: '' }]} />
        : <Table label="Audit log" columns={columns} rows={entries} isSortable={false} maxHeight={340} />}
    </Panel>
  );
}
