import { useState } from 'preact/hooks';
import { problemFrom } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { useNavigation } from '../../app/place';
import { getDashboard, listDashboards } from '../../dashboard/api';
import { parseBody, readBody, textOf, withNewWidget } from '../../dashboard/body';
import { asObject, type JsonObject } from '../../dashboard/json';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { saveDashboard } from '../dashboards/save';
import { nameProblem } from '../dashboards/dashboard_list';

/** Puts a graph below the widgets of a dashboard, new or stored. */
export function AddToDashboard({ widget, onClose }: { widget: JsonObject; onClose: () => void }) {
  const { go } = useNavigation();
  const [name, setName] = useState('');
  const [title, setTitle] = useState('Metrics');
  const [failure, setFailure] = useState<string | null>(null);
  const { answer: known } = useAnswer('dashboards', listDashboards);
  const complaint = nameProblem(name) ?? failure;
  const add = async (): Promise<void> => {
    try {
      const isKnown = known?.some((entry) => entry.name === name) ?? false;
      const stored = isKnown ? await getDashboard(name) : null;
      const parsed = stored ? parseBody(stored.text) : { body: readBody({ widgets: [] }) };
      if ('problem' in parsed) {
        setFailure(`The body of ${name} cannot be read: ${parsed.problem.message}`);
        return;
      }
      const named = { ...widget, properties: { ...asObject(widget['properties']), title } };
      const result = await saveDashboard(name, textOf(withNewWidget(parsed.body, named)), stored?.tag ? { tag: stored.tag } : 'absent');
      if (result.isStored) go(`/dashboards/${encodeURIComponent(name)}`);
      else setFailure(result.conflict?.message ?? result.messages.map((message) => `${message.dataPath}: ${message.message}`).join('\n'));
    } catch (error) {
      setFailure(problemFrom(error).detail);
    }
  };
  return (
    <Dialog
      title="Add to a dashboard"
      onClose={onClose}
      actions={
        <Button kind="primary" isDisabled={name === '' || nameProblem(name) !== null || known === null} onClick={() => void add()}>
          Add
        </Button>
      }
    >
      <div class="form">
        <label>
          <span>Dashboard, stored or new</span>
          <input type="text" list="dashboard-names" value={name} onInput={(event) => (setName(event.currentTarget.value), setFailure(null))} />
          <datalist id="dashboard-names">
            {(known ?? []).map((entry) => (
              <option key={entry.name} value={entry.name} />
            ))}
          </datalist>
        </label>
        <label>
          <span>Title of the widget</span>
          <input type="text" value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <p class="form-problem" role="alert">
          {complaint ?? ''}
        </p>
      </div>
    </Dialog>
  );
}
