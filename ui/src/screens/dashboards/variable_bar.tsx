import { useEffect } from 'preact/hooks';
import { change } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import type { MetricResult } from '../../dashboard/series_data';
import { choicesExpression, FIRST_FOUND, patternProblem, type Variable } from '../../dashboard/variables';
import type { WidgetTime } from './metric_widget';

interface VariableBarProps {
  variables: readonly Variable[];
  values: ReadonlyMap<string, string>;
  time: WidgetTime;
  onChange: (id: string, value: string) => void;
}

export function VariableBar({ variables, values, time, onChange }: VariableBarProps) {
  return (
    <div class="variables" role="group" aria-label="Variables">
      {variables
        .filter((variable) => variable.isVisible)
        .map((variable) => (
          <VariableInput
            key={variable.id}
            variable={variable}
            value={values.get(variable.id) ?? (variable.defaultValue === FIRST_FOUND ? '' : variable.defaultValue)}
            time={time}
            onChange={(value) => onChange(variable.id, value)}
          />
        ))}
    </div>
  );
}

interface VariableInputProps {
  variable: Variable;
  value: string;
  time: WidgetTime;
  onChange: (value: string) => void;
}

function VariableInput({ variable, value, time, onChange }: VariableInputProps) {
  const expression = choicesExpression(variable);
  const { answer } = useAnswer(expression === undefined ? null : `${expression} ${time.span.sinceMs}`, async (signal) => {
    const query = { Id: 'choices', Expression: expression, Label: `\${PROP('Dim.${variable.populateFrom}')}`, ReturnData: true };
    const { results } = await change<{ results: MetricResult[] }>('POST', '/metrics/data', { queries: [query], since: time.span.sinceMs, until: time.span.untilMs, points: 10 }, signal);
    return [...new Set(results.map((result) => result.label))].sort().map((text) => ({ value: text, label: text }));
  });
  const choices = [...variable.choices, ...(answer ?? [])];
  const first = variable.defaultValue === FIRST_FOUND && value === '' ? choices[0]?.value : undefined;
  useEffect(() => {
    if (first !== undefined) onChange(first);
  }, [first]);
  const problem = variable.kind === 'pattern' ? patternProblem(variable.target) : undefined;
  if (variable.inputType === 'radio' && choices.length > 0) {
    return (
      <fieldset class="variable">
        <legend>{variable.label}</legend>
        {choices.map((choice) => (
          <label key={choice.value}>
            <input type="radio" name={`variable-${variable.id}`} checked={choice.value === value} onChange={() => onChange(choice.value)} />
            {choice.label}
          </label>
        ))}
      </fieldset>
    );
  }
  if (variable.inputType !== 'input') {
    const options = choices.some((choice) => choice.value === value) ? choices : [{ value, label: value === '' ? 'as written' : value }, ...choices];
    return (
      <label class="variable">
        <span>{variable.label}</span>
        <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      </label>
    );
  }
  return (
    <label class="variable">
      <span>{variable.label}</span>
      <input type="text" value={value} placeholder="as written" title={problem} onChange={(event) => onChange(event.currentTarget.value)} />
      {problem && <small class="bad">{problem}</small>}
    </label>
  );
}
