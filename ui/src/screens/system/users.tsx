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
import type { Role, UserEntry } from './answers';
import { ROLES } from './answers';

interface OneTimeLink {
  name: string;
  path: string;
  untilMs: number;
}

/** Who has a password and may do what; for admins, where people sign in at all. */
export function Users() {
  const { session } = useSession();
  if (session.user === null || session.role !== 'admin') {
    return (
      <Panel title="Users">
        <p class="muted">
          {session.user === null
            ? 'Nobody signs in here: the server listens on loopback and asks for no keys. With --require-keys, or on another address, people sign in, and admins make users.'
            : 'Users are for admins to make and change.'}
        </p>
      </Panel>
    );
  }
  return <UserTable own={session.user} />;
}

function UserTable({ own }: { own: string }) {
  const { zone } = usePreferences();
  const say = useToast();
  const [version, setVersion] = useState(0);
  const [isAdding, setAdding] = useState(false);
  const [link, setLink] = useState<OneTimeLink | null>(null);
  const [removing, setRemoving] = useState<UserEntry | null>(null);
  const { answer, problem, isLoading } = useAnswer<{ users: UserEntry[] }>(String(version), (signal) => get('/users', {}, signal));
  const act = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    }
    // Also after a refusal: the choice goes back to what is stored.
    setVersion((count) => count + 1);
  };
  const makeLink = async (name: string) => setLink({ name, ...(await change<Omit<OneTimeLink, 'name'>>('POST', route('/users', name, 'link'))) });
  const columns: Array<Column<UserEntry>> = [
    { id: 'name', title: 'User', grows: true, text: (user) => (user.name === own ? `${user.name} (you)` : user.name), value: (user) => user.name },
    {
      id: 'role', title: 'Role', width: 150, text: (user) => user.role,
      draw: (user) => (
        <select
          key={`${user.name} ${version}`}
          class="in-cell"
          aria-label={`Role of ${user.name}`}
          value={user.role}
          onChange={(event) => {
            const role = event.currentTarget.value;
            void act(async () => {
              await change('PUT', route('/users', user.name), { role });
              say(`${user.name} is ${role} now`);
            });
          }}
        >
          {ROLES.map(({ role }) => <option key={role}>{role}</option>)}
        </select>
      ),
    },
    { id: 'password', title: 'Password', text: (user) => (user.hasPassword ? 'set' : 'not set yet') },
    { id: 'created', title: 'Made', isMono: true, width: 164, text: (user) => formatMoment(user.createdMs - (user.createdMs % 1000), zone), value: (user) => user.createdMs },
    {
      id: 'acts', title: '', width: 190, text: () => '',
      draw: (user) => (
        <span class="cell-actions">
          <Button kind="quiet" label={`Reset password of ${user.name}`} title="Makes a one-time address by which a new password is set" onClick={() => void act(() => makeLink(user.name))}>Reset password</Button>
          <Button kind="quiet" icon="trash" label={`Remove ${user.name}`} onClick={() => setRemoving(user)} />
        </span>
      ),
    },
  ];
  return (
    <Panel title="Users" isLoading={isLoading} actions={<Button icon="plus" onClick={() => setAdding(true)}>Add a user</Button>}>
      {problem && <ProblemNotice problem={problem} />}
      {answer && (answer.users.length ? <Table label="Users" columns={columns} rows={answer.users} keyOf={(user) => user.name} maxHeight={340} /> : <p class="muted">Nobody has a password yet.</p>)}
      {isAdding && (
        <AddDialog
          names={answer?.users.map((user) => user.name) ?? []}
          onClose={() => setAdding(false)}
          onAdd={async (name, role) => {
            await change('PUT', route('/users', name), { role });
            await makeLink(name);
            setAdding(false);
            setVersion((count) => count + 1);
          }}
        />
      )}
      {link && <LinkDialog link={link} onClose={() => setLink(null)} />}
      {removing && (
        <Dialog
          title={`Remove ${removing.name}?`}
          onClose={() => setRemoving(null)}
          actions={
            <>
              <Button onClick={() => setRemoving(null)}>Keep</Button>
              <Button
                kind="danger"
                onClick={() => void act(async () => {
                  const { name } = removing;
                  setRemoving(null);
                  await change('DELETE', route('/users', name));
                  say(`${name} is removed`);
                })}
              >
                Remove
              </Button>
            </>
          }
        >
          <p>Browsers in which {removing.name === own ? 'you are' : `${removing.name} is`} signed in are signed out at once.</p>
        </Dialog>
      )}
    </Panel>
  );
}

function AddDialog({ names, onClose, onAdd }: { names: readonly string[]; onClose: () => void; onAdd: (name: string, role: Role) => Promise<void> }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [refusal, setRefusal] = useState('');
  const isTaken = names.includes(name.trim());
  const add = async () => {
    try {
      await onAdd(name.trim(), role);
    } catch (error) {
      setRefusal(problemFrom(error).detail);
    }
  };
  return (
    <Dialog
      title="Add a user"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" isDisabled={name.trim() === '' || isTaken} onClick={() => void add()}>Add</Button>
        </>
      }
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '' && !isTaken) void add();
        }}
      >
        <label><span>Name</span><input type="text" autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
        <Select label="Role" value={role} options={ROLES.map((one) => ({ value: one.role, label: `${one.role}: ${one.may}` }))} onChange={setRole} />
        {isTaken && <p class="bad">There is a user of that name already.</p>}
        {refusal && <p class="bad" role="alert">{refusal}</p>}
        <p class="muted">The password is theirs to choose, by an address that is shown next.</p>
      </form>
    </Dialog>
  );
}

function LinkDialog({ link, onClose }: { link: OneTimeLink; onClose: () => void }) {
  const { zone } = usePreferences();
  const copy = useCopy();
  const address = `${location.origin}${link.path}`;
  return (
    <Dialog title={`A password for ${link.name}`} onClose={onClose} actions={<Button kind="primary" icon="copy" onClick={() => copy(address, 'Address')}>Copy</Button>}>
      <p>At this address {link.name} chooses a password. It is shown this once, is good once, until {formatMoment(link.untilMs - (link.untilMs % 1000), zone)}, and whoever has it can sign in as {link.name}.</p>
      <p class="mono node-name">{address}</p>
      <p class="muted">A password that is there already stays good until then.</p>
    </Dialog>
  );
}
