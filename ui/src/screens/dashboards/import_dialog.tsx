import { useState } from 'preact/hooks';
import { problemFrom } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { parseBody } from '../../dashboard/body';
import { checkDashboard, putDashboard } from '../../dashboard/api';
import { isObject } from '../../dashboard/json';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { CheckMessages } from './check_messages';
import { nameProblem } from './dashboard_list';

interface ImportDialogProps {
  taken: readonly string[];
  onClose: () => void;
  onDone: (name: string) => void;
}

const LARGEST_FILE_BYTES = 8_000_000;

/** A body may come alone, or as `aws cloudwatch get-dashboard` prints it: within DashboardBody. */
function unwrap(text: string): { text: string; name: string | null } {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && typeof value['DashboardBody'] === 'string') {
      return { text: value['DashboardBody'], name: typeof value['DashboardName'] === 'string' ? value['DashboardName'] : null };
    }
  } catch {
    // parseBody says what is wrong and where
  }
  return { text, name: null };
}

export function ImportDialog({ taken, onClose, onDone }: ImportDialogProps) {
  const [name, setName] = useState('');
  const [pasted, setPasted] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const { text, name: foundName } = unwrap(pasted);
  const parsed = pasted.trim() === '' ? null : parseBody(text);
  const chosenName = name === '' ? (foundName ?? '') : name;
  const isReadable = parsed !== null && 'body' in parsed;
  const { answer: messages, problem } = useAnswer(isReadable ? text : null, (signal) => checkDashboard(text, signal));
  const hasErrors = messages?.some((message) => message.severity === 'error') ?? false;
  const isTaken = taken.includes(chosenName);

  const read = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (file.size > LARGEST_FILE_BYTES) {
      setFailure(`${file.name} is larger than a dashboard can be.`);
      return;
    }
    setPasted(await file.text());
    if (name === '') setName(file.name.replace(/\.json$/i, '').replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 255));
  };
  const store = async (): Promise<void> => {
    try {
      const answer = await putDashboard(chosenName, text, isTaken ? 'any' : 'absent');
      if (answer.isStored) onDone(chosenName);
      else setFailure(answer.messages.map((message) => `${message.dataPath}: ${message.message}`).join('\n'));
    } catch (error) {
      setFailure(problemFrom(error).detail);
    }
  };
  return (
    <Dialog
      title="Import a CloudWatch dashboard"
      isWide
      onClose={onClose}
      actions={
        <Button kind="primary" isDisabled={!isReadable || hasErrors || chosenName === '' || nameProblem(chosenName) !== null} onClick={() => void store()}>
          {isTaken ? 'Replace the stored one' : 'Import'}
        </Button>
      }
    >
      <div class="form">
        <label>
          <span>Name</span>
          <input type="text" value={chosenName} onInput={(event) => setName(event.currentTarget.value)} maxLength={255} />
        </label>
        <p class="form-problem" role="alert">
          {nameProblem(chosenName) ?? (isTaken ? 'A dashboard of this name is stored; importing replaces it.' : '')}
        </p>
        <label>
          <span>File</span>
          <input type="file" accept=".json,application/json" onChange={(event) => void read(event.currentTarget.files?.[0])} />
        </label>
        <label>
          <span>Body, or the answer of aws cloudwatch get-dashboard</span>
          <textarea class="code-box" rows={14} spellcheck={false} value={pasted} onInput={(event) => setPasted(event.currentTarget.value)} />
        </label>
        {parsed && 'problem' in parsed && (
          <p class="form-problem" role="alert">
            {parsed.problem.line === undefined ? '' : `Line ${parsed.problem.line}, column ${parsed.problem.column}: `}
            {parsed.problem.message}
          </p>
        )}
        {parsed && 'body' in parsed && <p class="muted">{parsed.body.widgets.length} widgets. What is stored is the text, byte for byte.</p>}
        {(failure ?? problem?.detail) && (
          <p class="form-problem" role="alert">
            {failure ?? problem?.detail}
          </p>
        )}
        {messages && <CheckMessages messages={messages} />}
      </div>
    </Dialog>
  );
}
