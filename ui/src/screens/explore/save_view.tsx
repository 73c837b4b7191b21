import { useState } from 'preact/hooks';
import { change, get, problemFrom, route } from '../../api/client';
import type { SavedItem } from '../../api/types';
import { useAnswer } from '../../api/use_answer';
import { useNavigation } from '../../app/place';
import { readPlace } from '../../app/address';
import { Button } from '../../parts/button';
import { Popover } from '../../parts/popover';
import { useToast } from '../../parts/toast';

function SavedList({ text, close }: { text: string; close: () => void }) {
  const navigation = useNavigation();
  const say = useToast();
  const [name, setName] = useState('');
  const [version, setVersion] = useState(0);
  const { answer, problem } = useAnswer<{ saved: SavedItem[] }>(String(version), (signal) => get('/saved', {}, signal));
  const views = answer?.saved.filter((item) => item.kind === 'view') ?? [];
  const store = async () => {
    try {
      await change('PUT', route('/saved', name.trim()), { kind: 'view', text, url: location.pathname + location.search });
      say(`View “${name.trim()}” saved`);
      close();
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    }
  };
  const remove = async (item: SavedItem) => {
    try {
      await change('DELETE', route('/saved', item.name));
      setVersion(version + 1);
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    }
  };
  return (
    <div class="saved-list">
      <form onSubmit={(event) => { event.preventDefault(); void store(); }}>
        <input type="text" aria-label="Name of the view" placeholder="Name this view" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <Button kind="primary" type="submit" isDisabled={name.trim() === ''}>Save</Button>
      </form>
      {problem && <p class="bad small">{problem.detail}</p>}
      {answer && views.length === 0 && <p class="muted small">No saved views yet.</p>}
      <ul>
        {views.map((item) => (
          <li key={item.name}>
            <Button
              kind="quiet"
              onClick={() => {
                // Stored addresses are paths of this application; anything else is not followed.
                if (!/^\/(?!\/)/.test(item.url)) return;
                const [path, search = ''] = item.url.split('?');
                const place = readPlace(path!, search);
                close();
                navigation.go(place.path, place.parameters);
              }}
            >
              {item.name}<small class="muted"> {item.text}</small>
            </Button>
            <Button kind="quiet" icon="trash" label={`Remove ${item.name}`} onClick={() => void remove(item)} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Views that everybody of this server sees, by name. */
export function SaveView({ text }: { text: string }) {
  return <Popover icon="star" kind="quiet" label="Saved views" align="right">{(close) => <SavedList text={text} close={close} />}</Popover>;
}
