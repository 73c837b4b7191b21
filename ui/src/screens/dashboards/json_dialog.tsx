import { useEffect, useState } from 'preact/hooks';
import { useAnswer } from '../../api/use_answer';
import { checkDashboard } from '../../dashboard/api';
import { parseBody, type DashboardBody } from '../../dashboard/body';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { CheckMessages } from './check_messages';

const PAUSE_MS = 400;

/** A text that follows another once it has been still for a moment. */
export function useStill(text: string): string {
  const [still, setStill] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setStill(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return still;
}

interface JsonDialogProps {
  text: string;
  onClose: () => void;
  onApply: (body: DashboardBody) => void;
}

/** The whole body as text, with what the server says of it beside. */
export function JsonDialog({ text: first, onClose, onApply }: JsonDialogProps) {
  const [text, setText] = useState(first);
  const still = useStill(text);
  const parsed = parseBody(text);
  const { answer: messages, problem } = useAnswer('body' in parseBody(still) ? still : null, (signal) => checkDashboard(still, signal));
  return (
    <Dialog
      title="The body as JSON"
      isWide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" isDisabled={!('body' in parsed)} onClick={() => 'body' in parsed && onApply(parsed.body)}>
            Take over
          </Button>
        </>
      }
    >
      <div class="json-editor">
        <textarea class="code-box" aria-label="Body" spellcheck={false} rows={24} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        <aside>
          {'problem' in parsed ? (
            <p class="form-problem" role="alert">
              {parsed.problem.line === undefined ? '' : `Line ${parsed.problem.line}, column ${parsed.problem.column}: `}
              {parsed.problem.message}
            </p>
          ) : (
            messages && <CheckMessages messages={messages} />
          )}
          {problem && <p class="form-problem">{problem.detail}</p>}
        </aside>
      </div>
    </Dialog>
  );
}
