import { useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { useCatalogue } from '../../query/catalogue';

function Reference({ onInsert }: { onInsert: (text: string) => void }) {
  const catalogue = useCatalogue();
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().toLowerCase();
  const has = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(wanted));
  const fields = catalogue.fields.filter((field) => has(field.name, field.summary, ...field.aliases));
  const functions = catalogue.functions.filter((one) => has(one.name, one.summary));
  return (
    <div class="reference">
      <input type="search" aria-label="Search fields and functions" placeholder="Search" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      <div class="columns-2">
        <section>
          <h3>Fields</h3>
          <ul>
            {fields.map((field) => (
              <li key={field.name}>
                <button type="button" onClick={() => onInsert(field.name)}><code>{field.name}</code><small class="muted">{field.type}{field.isDerived ? ', computed' : ''}</small></button>
                <p class="small muted">{field.summary}</p>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h3>Functions</h3>
          <ul>
            {functions.map((one) => (
              <li key={one.name}>
                <button type="button" onClick={() => onInsert(`${one.name}()`)}><code>{one.signature || one.name}</code><small class="muted">{one.languages.join(', ')}</small></button>
                <p class="small muted">{one.summary}</p>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}

/** Fields and functions with what they are; a click puts one into the query. */
export function ReferenceButton({ onInsert }: { onInsert: (text: string) => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button icon="info" onClick={() => setOpen(true)}>Reference</Button>
      {isOpen && (
        <Dialog title="Fields and functions" isWide onClose={() => setOpen(false)}>
          <Reference onInsert={(text) => { setOpen(false); onInsert(text); }} />
        </Dialog>
      )}
    </>
  );
}
