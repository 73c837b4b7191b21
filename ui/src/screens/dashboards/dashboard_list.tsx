import { useRef, useState } from 'preact/hooks';
import { address, problemFrom } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { useNavigation } from '../../app/place';
import { usePreferences } from '../../app/preferences';
import { deleteDashboard, listDashboards, putDashboard, NAME_PATTERN, type DashboardEntry } from '../../dashboard/api';
import { pagePicture } from '../../chart/page_picture';
import { formatBytes } from '../../format/units';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { ExportMenu } from '../../parts/export_menu';
import { ProblemNotice } from '../../parts/notice';
import { Table, type Column } from '../../parts/table';
import { useToast } from '../../parts/toast';
import { formatMoment } from '../../time/format';
import { ConfirmDialog } from './confirm_dialog';
import { ImportDialog } from './import_dialog';
import { DashboardLink } from './widget';

export function DashboardList() {
  const { place, set, go } = useNavigation();
  const { zone } = usePreferences();
  const say = useToast();
  const [tick, setTick] = useState(0);
  const [open, setOpen] = useState<'new' | 'import' | null>(null);
  const [doomed, setDoomed] = useState<string | null>(null);
  const search = place.parameters['find'] ?? '';
  const list = useRef<HTMLElement>(null);
  const { answer, problem, isLoading } = useAnswer(`dashboards ${tick}`, listDashboards);
  const found = (answer ?? []).filter((entry) => entry.name.toLowerCase().includes(search.toLowerCase()));
  const columns: Column<DashboardEntry>[] = [
    { id: 'name', title: 'Name', grows: true, text: (entry) => entry.name, draw: (entry) => <DashboardLink name={entry.name} /> },
    { id: 'modified', title: 'Changed', text: (entry) => formatMoment(Math.floor(entry.modifiedMs / 1000) * 1000, zone), value: (entry) => entry.modifiedMs },
    { id: 'size', title: 'Size', align: 'right', text: (entry) => formatBytes(entry.bytes), value: (entry) => entry.bytes, width: 90 },
    {
      id: 'actions',
      title: 'Delete',
      width: 76,
      text: () => '',
      draw: (entry) => <Button icon="trash" kind="quiet" label={`Delete ${entry.name}`} onClick={() => setDoomed(entry.name)} />,
    },
  ];
  const remove = async (name: string): Promise<void> => {
    setDoomed(null);
    try {
      await deleteDashboard(name);
      say(`${name} is deleted`);
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    }
    setTick(tick + 1);
  };
  return (
    <div class="stack">
      <div class="toolbar">
        <input class="grow" type="search" placeholder="Find a dashboard" aria-label="Find a dashboard" value={search} onInput={(event) => set({ find: event.currentTarget.value }, 'replace')} data-focus-key />
        <ExportMenu
          what="dashboards"
          table={() => ({ columns: ['name', 'modified', 'bytes'], rows: found.map(({ name, modifiedMs, bytes }) => [name, new Date(modifiedMs).toISOString(), bytes]) })}
          picture={() => (list.current ? pagePicture(list.current) : Promise.resolve(null))}
          command="weir dashboard list"
          call={{ method: 'GET', address: address('/dashboards') }}
        />
        <Button icon="plus" kind="primary" onClick={() => setOpen('new')}>
          New
        </Button>
        <Button icon="upload" onClick={() => setOpen('import')}>
          Import
        </Button>
      </div>
      {problem && <ProblemNotice problem={problem} />}
      {answer && answer.length > 0 && (
        <section class="panel" ref={list} aria-busy={isLoading}>
          <Table label="Dashboards" columns={columns} rows={found} keyOf={(entry) => entry.name} maxHeight={640} />
        </section>
      )}
      {answer && answer.length === 0 && (
        <div class="empty" role="note">
          <h3>No dashboards yet</h3>
          <p>A dashboard made for CloudWatch is shown as it is: import its body, or send it with aws cloudwatch put-dashboard.</p>
          <div class="empty-actions">
            <Button kind="primary" onClick={() => setOpen('import')}>
              Import a CloudWatch dashboard
            </Button>
            <Button onClick={() => setOpen('new')}>New dashboard</Button>
          </div>
        </div>
      )}
      {open === 'new' && <NewDialog taken={(answer ?? []).map((entry) => entry.name)} onClose={() => setOpen(null)} onMade={(name) => go(`/dashboards/${encodeURIComponent(name)}`, { edit: '1' })} />}
      {open === 'import' && <ImportDialog taken={(answer ?? []).map((entry) => entry.name)} onClose={() => setOpen(null)} onDone={(name) => go(`/dashboards/${encodeURIComponent(name)}`)} />}
      {doomed !== null && (
        <ConfirmDialog title={`Delete ${doomed}?`} action="Delete" onClose={() => setDoomed(null)} onConfirm={() => void remove(doomed)}>
          The dashboard and its widgets are gone then. Metrics, logs and alarms stay.
        </ConfirmDialog>
      )}
    </div>
  );
}

interface NewDialogProps {
  taken: readonly string[];
  onClose: () => void;
  onMade: (name: string) => void;
}

export function nameProblem(name: string): string | null {
  if (name === '') return null;
  return NAME_PATTERN.test(name) ? null : 'A name has letters, digits, dashes and underscores alone, 255 at most.';
}

function NewDialog({ taken, onClose, onMade }: NewDialogProps) {
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const isTaken = taken.includes(name);
  const complaint = nameProblem(name) ?? (isTaken ? 'There is a dashboard of this name.' : problem);
  const make = async (): Promise<void> => {
    if (name === '' || isTaken || nameProblem(name) !== null) return;
    try {
      const { messages, isStored } = await putDashboard(name, JSON.stringify({ widgets: [] }, null, 2), 'absent');
      if (isStored) onMade(name);
      else setProblem(messages.map((message) => message.message).join(' '));
    } catch (error) {
      setProblem(problemFrom(error).detail);
    }
  };
  return (
    <Dialog
      title="New dashboard"
      onClose={onClose}
      actions={
        <Button kind="primary" isDisabled={name === '' || complaint !== null} onClick={() => void make()}>
          Make it
        </Button>
      }
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <label>
          <span>Name</span>
          <input type="text" value={name} onInput={(event) => setName(event.currentTarget.value)} maxLength={255} autofocus />
        </label>
        <p class="form-problem" role="alert">
          {complaint ?? ''}
        </p>
      </form>
    </Dialog>
  );
}
