import { useState } from 'preact/hooks';
import { change, get, problemFrom, route } from '../../api/client';
import type { SavedItem } from '../../api/types';
import { useAnswer } from '../../api/use_answer';
import { usePreferences } from '../../app/preferences';
import { Button } from '../../parts/button';
import { Popover } from '../../parts/popover';
import { useToast } from '../../parts/toast';
import type { Language } from '../../query/language';
import { guessLanguage } from '../../query/language';
import { loadHistory } from '../../query/query_history';
import { formatMoment } from '../../time/format';

interface QueryLibraryProps {
  text: string;
  language: Language;
  onChoose: (query: { text: string; language: Language }) => void;
}

function SavedQueries({ text, language, onChoose, close }: QueryLibraryProps & { close: () => void }) {
  const say = useToast();
  const [name, setName] = useState('');
  const [version, setVersion] = useState(0);
  const { answer, problem } = useAnswer<{ saved: SavedItem[] }>(String(version), (signal) => get('/saved', {}, signal));
  const queries = answer?.saved.filter((item) => item.kind === 'query') ?? [];
  const send = async (action: Promise<unknown>, done: string) => {
    try {
      await action;
      say(done);
      setName('');
      setVersion((count) => count + 1);
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    }
  };
  return (
    <div class="saved-list">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const url = `/query?${new URLSearchParams({ v: '1', language, q: text }).toString()}`;
          void send(change('PUT', route('/saved', name.trim()), { kind: 'query', text, url }), `Query “${name.trim()}” saved`);
        }}
      >
        <input type="text" aria-label="Name of the query" placeholder="Name this query" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <Button kind="primary" type="submit" isDisabled={name.trim() === '' || text.trim() === ''}>Save</Button>
      </form>
      {problem && <p class="bad small">{problem.detail}</p>}
      {answer && queries.length === 0 && <p class="muted small">No saved queries yet.</p>}
      <ul>
        {queries.map((item) => (
          <li key={item.name}>
            <Button kind="quiet" title={item.text} onClick={() => { close(); onChoose({ text: item.text, language: /[?&]language=sql\b/.test(item.url) ? 'sql' : guessLanguage(item.text) }); }}>{item.name}</Button>
            <Button kind="quiet" icon="trash" label={`Remove ${item.name}`} onClick={() => void send(change('DELETE', route('/saved', item.name)), `Query “${item.name}” removed`)} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function History({ onChoose, close }: { onChoose: QueryLibraryProps['onChoose']; close: () => void }) {
  const { zone } = usePreferences();
  const past = loadHistory();
  if (past.length === 0) return <p class="muted">Queries that ran in this browser show here.</p>;
  return (
    <ul class="query-history">
      {past.map((query) => (
        <li key={query.text}>
          <button type="button" onClick={() => { close(); onChoose(query); }}>
            <code>{query.text}</code>
            <small class="muted">{formatMoment(query.timeMs - (query.timeMs % 1000), zone)}</small>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function QueryLibrary(props: QueryLibraryProps) {
  return (
    <>
      <Popover icon="clock" label="History" text="History">{(close) => <History onChoose={props.onChoose} close={close} />}</Popover>
      <Popover icon="star" label="Saved queries" text="Saved">{(close) => <SavedQueries {...props} close={close} />}</Popover>
    </>
  );
}
