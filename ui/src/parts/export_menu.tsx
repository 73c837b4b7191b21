import type { ExportTable } from '../format/export';
import { download, fileName, shellWord, toCsv, toJson } from '../format/export';
import type { MenuItem } from './popover';
import { Menu, Popover } from './popover';
import { useCopy, useToast } from './toast';

interface ExportMenuProps {
  what: string;
  table?: () => ExportTable;
  /** Draws itself as PNG. */
  picture?: () => Promise<Blob | null>;
  /** The weir command that gives the same answer. */
  command?: string | null;
  /** The call of the API that gives the same answer. */
  call?: { method: 'GET' | 'POST'; address: string; body?: unknown } | null;
}

export function curlOf(call: { method: string; address: string; body?: unknown }, origin: string): string {
  const words = ['curl', '-sS'];
  if (call.method !== 'GET') words.push('-X', call.method);
  if (call.body !== undefined) words.push('-H', 'Content-Type: application/json', '-d', JSON.stringify(call.body));
  words.push(origin + call.address);
  return words.map(shellWord).join(' ');
}

/** Takes what is shown elsewhere: a file, the command line, curl, the link. */
export function ExportMenu({ what, table, picture, command, call }: ExportMenuProps) {
  const copy = useCopy();
  const say = useToast();
  const items: MenuItem[] = [];
  if (table) {
    items.push({ label: 'CSV', icon: 'download', onChoose: () => download(fileName(what, 'csv', Date.now()), toCsv(table()), 'text/csv') });
    items.push({ label: 'JSON', icon: 'download', onChoose: () => download(fileName(what, 'json', Date.now()), toJson(table()), 'application/json') });
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
  if (call) items.push({ label: 'Copy as curl', icon: 'copy', onChoose: () => copy(curlOf(call, location.origin), 'curl') });
  items.push({ label: 'Copy link', icon: 'copy', onChoose: () => copy(location.href, 'Link') });
  return (
    <Popover icon="download" kind="quiet" label={`Export ${what}`} align="right">
      {(close) => <Menu items={items} onDone={close} />}
    </Popover>
  );
}
