import { useState } from 'preact/hooks';
import { change, get, problemFrom, route } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { usePreferences } from '../../app/preferences';
import { useSession } from '../../app/session';
import { Button, Select } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { Panel, ProblemNotice } from '../../parts/notice';
import type { Column } from '../../parts/table';
import { Table } from '../../parts/table';
import { useCopy, useToast } from '../../parts/toast';
import { formatMoment } from '../../time/format';
import { millisecondsOf } from '../../flow/explain';

interface AccessKey {
  id: string;
  scope: string;
  created: string | number;
}

interface NewKey extends AccessKey {
  secret: string;
}

const SCOPES = ['read', 'ingest', 'operate', 'respond', 'admin'] as const;

/** Access keys of clients; who may not see them sees where they are made. */
export function Keys() {
  const { session } = useSession();
  if (session.user === null || session.role !== 'admin') {
    return (
      <Panel title="Access keys">
        <p class="muted">
          {session.user === null ? 'Nobody signs in here, so keys are made and removed at the command line: ' : 'Keys are for admins to make and remove, here or at the command line: '}
          <span class="mono">weir key create --scope read</span>
        </p>
      </Panel>
    );
  }
  return <KeyTable />;
}

function KeyTable() {
  const { zone } = usePreferences();
  const say = useToast();
  const copy = useCopy();
  const [version, setVersion] = useState(0);
  const [scope, setScope] = useState<(typeof SCOPES)[number]>('read');
  const [made, setMade] = useState<NewKey | null>(null);
  const [removing, setRemoving] = useState<AccessKey | null>(null);
  const { answer, problem, isLoading } = useAnswer<{ keys: AccessKey[] }>(String(version), (signal) => get('/keys', {}, signal));
  const columns: Array<Column<AccessKey>> = [
    { id: 'id', title: 'Key', isMono: true, grows: true, text: (key) => key.id },
    { id: 'scope', title: 'May', text: (key) => key.scope },
    { id: 'created', title: 'Made', isMono: true, width: 164, text: (key) => {
      const ms = millisecondsOf(key.created);
      return ms === null ? String(key.created) : formatMoment(ms - (ms % 1000), zone);
    } },
    { id: 'remove', title: '', width: 60, text: () => '', draw: (key) => <Button kind="quiet" icon="trash" label={`Remove ${key.id}`} onClick={() => setRemoving(key)} /> },
  ];
  const act = async (action: () => Promise<void>) => {
    try {
      await action();
      setVersion((count) => count + 1);
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    }
  };
  return (
    <Panel
      title="Access keys"
      isLoading={isLoading}
      actions={
        <>
          <Select label="May" value={scope} options={SCOPES.map((value) => ({ value, label: value }))} onChange={setScope} />
          <Button icon="plus" onClick={() => void act(async () => setMade(await change<NewKey>('POST', '/keys', undefined, undefined, { scope })))}>Make a key</Button>
        </>
      }
    >
      {problem && <ProblemNotice problem={problem} />}
      {answer && (answer.keys.length ? <Table label="Access keys" columns={columns} rows={answer.keys} maxHeight={300} /> : <p class="muted">There are no keys yet.</p>)}
      {made && (
        <Dialog title="A new key" onClose={() => setMade(null)} actions={<Button kind="primary" onClick={() => copy(`${made.id}.${made.secret}`, 'Key')}>Copy</Button>}>
          <p>Its secret is shown this once.</p>
          <p class="mono node-name">{made.id}.{made.secret}</p>
        </Dialog>
      )}
      {removing && (
        <Dialog
          title="Remove this key?"
          onClose={() => setRemoving(null)}
          actions={
            <>
              <Button onClick={() => setRemoving(null)}>Keep it</Button>
              <Button kind="danger" onClick={() => void act(async () => { await change('DELETE', route('/keys', removing.id)); setRemoving(null); })}>Remove</Button>
            </>
          }
        >
          <p>Clients that use <span class="mono">{removing.id}</span> are refused at once.</p>
        </Dialog>
      )}
    </Panel>
  );
}
