import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../../api/client';
import { change, problemFrom, route } from '../../api/client';
import { formatBytes, formatExact } from '../../format/units';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { ProblemNotice } from '../../parts/notice';
import { useToast } from '../../parts/toast';
import type { StoredTable } from './answers';
import { keptText, nameOfTable } from './answers';

interface Kept {
  isStored: boolean;
  removes: { records: number; segments: number };
}

const GB = 1e9;
/** A bound as people type it: empty is none, NaN what is no number. */
const numberOf = (text: string) => (text.trim() === '' ? null : Number(text.trim().replace(',', '.')));

/** How long and how much of a table is kept; says what that would remove before it is stored. */
export function RetentionDialog({ table, onClose, onStored }: { table: StoredTable; onClose: () => void; onStored: () => void }) {
  const say = useToast();
  const isLogGroup = table.logGroup !== null;
  const [days, setDays] = useState(table.retentionDays === null ? '' : String(table.retentionDays));
  const [size, setSize] = useState(table.retentionBytes === null ? '' : String(table.retentionBytes / GB));
  const [preview, setPreview] = useState<Kept | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const maxAgeDays = numberOf(days);
  const gigabytes = numberOf(size);
  const isPlain = [maxAgeDays, gigabytes].every((value) => value === null || value > 0);
  const body = isPlain ? { maxAgeDays, maxBytes: gigabytes === null ? null : Math.round(gigabytes * GB) } : null;
  const wanted = JSON.stringify(body);
  const put = (isPreview: boolean, signal?: AbortSignal) =>
    change<Kept>('PUT', route('/store/tables', table.name, 'retention'), { ...body, isPreview }, signal);
  useEffect(() => {
    setPreview(null);
    setProblem(null);
    if (!body) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      put(true, controller.signal).then(setPreview, (error: unknown) => {
        if (!controller.signal.aborted) setProblem(problemFrom(error));
      });
    }, 250);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [wanted]);
  const store = async () => {
    try {
      await put(false);
      say(`${nameOfTable(table)}: kept ${keptText({ ...table, retentionDays: body?.maxAgeDays ?? null, retentionBytes: body?.maxBytes ?? null })}`);
      onStored();
    } catch (error) {
      setProblem(problemFrom(error));
    }
  };
  const removes = preview?.removes.records ?? 0;
  return (
    <Dialog
      title={`How long ${nameOfTable(table)} is kept`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind={removes > 0 ? 'danger' : 'primary'} isDisabled={!preview} onClick={() => void store()}>{removes > 0 ? 'Store and remove' : 'Store'}</Button>
        </>
      }
    >
      <div class="form">
        <label><span>Days (empty: of any age)</span><input type="text" inputMode="decimal" value={days} onInput={(event) => setDays(event.currentTarget.value)} /></label>
        {!isLogGroup && <label><span>Gigabytes on disk (empty: of any size)</span><input type="text" inputMode="decimal" value={size} onInput={(event) => setSize(event.currentTarget.value)} /></label>}
        {!isPlain && <p class="bad" role="alert">Days and gigabytes are numbers above 0, or empty.</p>}
        {problem && <ProblemNotice problem={problem} />}
        {preview && (
          <p class={removes > 0 ? 'bad' : 'muted'} role="status">
            {removes > 0
              ? `This removes ${formatExact(removes)} of ${formatExact(table.records)} rows for good, within a minute; ${formatBytes(table.bytes)} are on disk now.`
              : 'Nothing that is stored now is removed by this.'}
          </p>
        )}
        <p class="muted small">Whole days are removed, the oldest first.</p>
      </div>
    </Dialog>
  );
}
