import type { ExportTable } from '../format/export';
import { download, fileName, shellWord, toCsv, toJson } from '../format/export';
import type { MenuItem } from './popover';
import { Menu, Popover } from './popover';
import { useCopy, useToast } from './toast';

interface ExportMenuProps {
  what: string;
  /** Null: it is not to be had, and has been said so. */
  table?: (() => ExportTable | Promise<ExportTable | null>) | undefined;
  /** Draws itself as PNG. */
  picture?: (() => Promise<Blob | null>) | undefined;
  /** The weir command that gives the same answer. */
  command?: string | null;
  /** The call of the API that gives the same answer. */
  call?: ApiCall | readonly ApiCall[] | null;
  /** Why some of it is not to be had now. */
  note?: string | undefined;
}

interface ApiCall {
  method: 'GET' | 'POST';
  address: string;
  body?: unknown;
}

export function curlOf(call: ApiCall, origin: string): string {
  const words = ['curl', '-sS'];
  if (call.method !== 'GET') words.push('-X', call.method);
  if (call.body !== undefined) words.push('-H', 'Content-Type: application/json', '-d', JSON.stringify(call.body));
  words.push(origin + call.address);
  return words.map(shellWord).join(' ');
}

/** Takes what is shown elsewhere: a file, the command line, curl, the link. */
export function ExportMenu({ what, table, picture, command, call, note }: ExportMenuProps) {
  const copy = useCopy();
  const say = useToast();
  const items: MenuItem[] = [];
  if (table) {
    const save = async (extension: 'csv' | 'json'): Promise<void> => {
      const found = await table();
      if (!found) return;
      const [text, type] = extension === 'csv' ? [toCsv(found), 'text/csv'] : [toJson(found), 'application/json'];
      download(fileName(what, extension, Date.now()), text, type);
    };
    items.push({ label: 'CSV', icon: 'download', onChoose: () => void save('csv') }, { label: 'JSON', icon: 'download', onChoose: () => void save('json') });
  }
  if (picture) {
    items.push({
      label: 'PNG', icon: 'download',
      onChoose: () => void picture().then((blob) => {
        if (blob) download(fileName(what, 'png', Date.now()), blob);
        else say('There is no picture of this view', 'error');
      }),
    });
  }
  if (command) items.push({ label: 'Copy as weir command', icon: 'copy', onChoose: () => copy(command, 'Command') });
  const calls = call ? [call].flat() : [];
  if (calls.length > 0) items.push({ label: 'Copy as curl', icon: 'copy', onChoose: () => copy(calls.map((one) => curlOf(one, location.origin)).join(' && '), 'curl') });
  items.push({ label: 'Copy link', icon: 'copy', onChoose: () => copy(location.href, 'Link') });
  return (
    <Popover icon="download" kind="quiet" label={`Export ${what}`} align="right">
      {(close) => (
        <>
          <Menu items={items} onDone={close} />
          {note && <p class="menu-note">{note}</p>}
        </>
      )}
    </Popover>
  );
}
