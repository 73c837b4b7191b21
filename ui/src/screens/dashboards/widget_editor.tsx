import { useState } from 'preact/hooks';
import { useAnswer } from '../../api/use_answer';
import { checkDashboard } from '../../dashboard/api';
import { textOf, withWidget, type DashboardBody } from '../../dashboard/body';
import { asObject, isObject, type JsonObject } from '../../dashboard/json';
import { findJsonError } from '../../dashboard/json_position';
import { jsonText } from '../../dashboard/json_text';
import { Button, Choice } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { CheckMessages } from './check_messages';
import { useStill } from './json_dialog';
import type { WidgetTime } from './metric_widget';
import { nameOf, WidgetBody } from './widget';
import { WidgetForm } from './widget_form';

interface WidgetEditorProps {
  body: DashboardBody;
  index: number;
  time: WidgetTime;
  onClose: () => void;
  onApply: (source: JsonObject) => void;
}

type Parsed = { source: JsonObject } | { problem: string };

function parseWidget(text: string): Parsed {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? { source: value } : { problem: 'A widget is a JSON object.' };
  } catch {
    const where = findJsonError(text);
    return { problem: `Line ${where?.line ?? 1}, column ${where?.column ?? 1}: this is not JSON.` };
  }
}

/** One widget by form or as JSON, drawn beside as it would be, with what the server says of it. */
export function WidgetEditor({ body, index, time, onClose, onApply }: WidgetEditorProps) {
  const widget = body.widgets[index]!;
  const [text, setText] = useState(() => jsonText(widget.source));
  const [how, setHow] = useState<'form' | 'json'>('form');
  const parsed = parseWidget(text);
  const still = useStill(text);
  const checked = parseWidget(still);
  const whole = 'source' in checked ? textOf(withWidget(body, index, checked.source)) : null;
  const { answer: messages, problem } = useAnswer(whole, (signal) => checkDashboard(whole ?? '', signal));
  const source = 'source' in parsed ? parsed.source : null;
  return (
    <Dialog
      title={`Edit ${nameOf(widget)}`}
      isWide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" isDisabled={source === null} onClick={() => source && onApply(source)}>
            Take over
          </Button>
        </>
      }
    >
      <div class="widget-editor">
        <div class="form">
          <Choice
            label="How to edit"
            value={how}
            options={[
              { value: 'form', label: 'Form' },
              { value: 'json', label: 'JSON' },
            ]}
            onChange={setHow}
          />
          {how === 'form' && source && <WidgetForm source={source} onChange={(next) => setText(jsonText(next))} />}
          {how === 'json' && <textarea class="code-box" aria-label="Widget" spellcheck={false} rows={22} value={text} onInput={(event) => setText(event.currentTarget.value)} />}
          {'problem' in parsed && (
            <p class="form-problem" role="alert">
              {parsed.problem}
            </p>
          )}
        </div>
        <div class="widget-editor-side">
          <div class="widget widget-preview" aria-label="Preview">
            {'source' in checked && (
              <div class="widget-body">
                <WidgetBody widget={{ type: String(checked.source['type'] ?? ''), properties: asObject(checked.source['properties']) }} time={time} />
              </div>
            )}
          </div>
          {messages && <CheckMessages messages={messages} prefix={`/widgets/${index}`} />}
          {problem && <p class="form-problem">{problem.detail}</p>}
        </div>
      </div>
    </Dialog>
  );
}
