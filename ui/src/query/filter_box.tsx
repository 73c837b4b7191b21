import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api/client';
import { usePageTime } from '../app/time';
import { Button } from '../parts/button';
import { formatCount } from '../format/units';
import { loadValues, useCatalogue } from './catalogue';
import type { Completion, Option } from './completion';
import { complete, ranked } from './completion';
import { literal, quoted } from './condition';

interface FilterBoxProps {
  value: string;
  onApply: (filter: string) => void;
  problem?: Problem | null;
  placeholder?: string;
}

const MOST_OPTIONS = 40;

/** One line for a condition. Ctrl-Space or typing offers what may come next, Enter applies. */
export function FilterBox({ value, onApply, problem, placeholder = 'Filter, e.g. action = "REJECT" and dstport in [22, 3389]' }: FilterBoxProps) {
  const catalogue = useCatalogue();
  const { span } = usePageTime();
  const id = useId();
  const [text, setText] = useState(value);
  const [completion, setCompletion] = useState<Completion | null>(null);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const lookup = useRef<AbortController | null>(null);
  const nextOffer = useRef(0);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => lookup.current?.abort(), []);

  const offer = (now: string, cursor: number) => {
    lookup.current?.abort();
    const found = complete(now, cursor, catalogue, 'condition');
    setActive(-1);
    setCompletion(found);
    if (!found?.values) return;
    const wanted = found.values;
    const controller = new AbortController();
    lookup.current = controller;
    loadValues(wanted.field, wanted.prefix, span, controller.signal).then((values) => {
      if (controller.signal.aborted) return;
      const options = values.filter((one) => one.value !== null).map((one): Option => ({
        text: wanted.isInQuotes ? quoted(String(one.value)) : literal(one.value), kind: 'value', hint: `${formatCount(one.records)} records`,
      }));
      setCompletion({ ...found, options: [...options, ...found.options] });
    }, () => {});
  };
  const take = (option: Option) => {
    if (!completion) return;
    const before = text.slice(0, completion.from);
    const isSpaced = option.back === undefined && !text.slice(completion.to).startsWith(' ');
    const next = `${before}${option.text}${isSpaced ? ' ' : ''}${text.slice(completion.to)}`;
    const cursor = before.length + option.text.length - (option.back ?? 0) + (isSpaced ? 1 : 0);
    setText(next);
    setCompletion(null);
    setActive(-1); // Enter may come before what is offered next, and applies
    nextOffer.current = requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(cursor, cursor);
      offer(next, cursor);
    });
  };
  const apply = () => {
    lookup.current?.abort();
    cancelAnimationFrame(nextOffer.current);
    setCompletion(null);
    onApply(text.trim());
  };
  const options = completion ? completion.options.slice(0, MOST_OPTIONS) : [];
  const isOpen = options.length > 0;
  const position = problem?.position;
  return (
    <div class="filter-box">
      <div class={`filter-line${problem ? ' wrong' : ''}`}>
        <input
          ref={input}
          type="text"
          class="mono"
          data-focus-key
          aria-label="Filter"
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          role="combobox"
          aria-expanded={isOpen}
          aria-autocomplete="list"
          aria-controls={isOpen ? `${id}-list` : undefined}
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          autocomplete="off"
          spellcheck={false}
          value={text}
          placeholder={placeholder}
          onInput={(event) => {
            setText(event.currentTarget.value);
            offer(event.currentTarget.value, event.currentTarget.selectionStart ?? 0);
          }}
          onBlur={() => setTimeout(() => setCompletion(null), 150)}
          onKeyDown={(event) => {
            if (event.key === ' ' && event.ctrlKey) {
              event.preventDefault();
              offer(text, event.currentTarget.selectionStart ?? 0);
            } else if (event.key === 'ArrowDown' && isOpen) {
              event.preventDefault();
              setActive((active + 1) % options.length);
            } else if (event.key === 'ArrowUp' && isOpen) {
              event.preventDefault();
              setActive((active - 1 + options.length) % options.length);
            } else if (event.key === 'Enter') {
              event.preventDefault();
              if (active >= 0 && !event.ctrlKey) take(options[active]!);
              else apply();
            } else if (event.key === 'Tab' && active >= 0) {
              event.preventDefault();
              take(options[active]!);
            } else if (event.key === 'Escape') {
              if (isOpen) setCompletion(null);
              else event.currentTarget.blur();
            }
          }}
        />
        {text !== '' && <Button kind="quiet" icon="close" label="Clear the filter" onClick={() => { setText(''); onApply(''); }} />}
        <Button kind={text.trim() === value.trim() ? 'plain' : 'primary'} onClick={apply}>Apply</Button>
      </div>
      {isOpen && (
        <ul class="completion" role="listbox" id={`${id}-list`} aria-label="What may come next">
          {options.map((option, index) => (
            <li
              key={`${option.kind}-${option.text}`}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              class={option.kind}
              onPointerDown={(event) => {
                event.preventDefault();
                take(option);
              }}
            >
              <span class="mono">{option.text}</span>
              {option.hint && <small>{option.hint}</small>}
            </li>
          ))}
        </ul>
      )}
      {problem && (
        <div class="filter-problem" id={`${id}-problem`} role="alert">
          {position && <pre class="mono" aria-hidden="true">{`${' '.repeat(Math.max(position.column - 1, 0))}${'^'.repeat(Math.max(position.length, 1))}`}</pre>}
          <p>{problem.detail}{problem.suggestions?.length && !/did you mean/i.test(problem.detail) ? ` Did you mean ${problem.suggestions.slice(0, 3).join(', ')}?` : ''}</p>
        </div>
      )}
    </div>
  );
}

interface FieldPickerProps {
  chosen: readonly string[];
  onChange: (fields: string[]) => void;
  most?: number;
  label?: string;
}

/** Names of fields in their order, to be added, removed and moved. */
export function FieldPicker({ chosen, onChange, most = 4, label = 'Group by' }: FieldPickerProps) {
  const catalogue = useCatalogue();
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  const options = ranked(
    catalogue.fields.filter((field) => !chosen.includes(field.name)).map((field): Option => ({ text: field.name, kind: 'field', hint: field.summary })), typed,
  ).slice(0, MOST_OPTIONS);
  const add = (name: string) => {
    onChange([...chosen, name]);
    setTyped('');
    setOpen(false);
  };
  return (
    <div class="field-picker" role="group" aria-label={label}>
      <span class="muted">{label}</span>
      {chosen.map((name, index) => (
        <span key={name} class="chip">
          {index > 0 && <Button kind="quiet" icon="left" label={`Move ${name} before ${chosen[index - 1]}`} onClick={() => onChange(chosen.map((one, place) => (place === index - 1 ? name : place === index ? chosen[index - 1]! : one)))} />}
          <span class="mono">{name}</span>
          <Button kind="quiet" icon="close" label={`Do not group by ${name}`} onClick={() => onChange(chosen.filter((one) => one !== name))} />
        </span>
      ))}
      {chosen.length < most && (
        <span class="field-add">
          <input
            type="text"
            aria-label={`${label}: add a field`}
            placeholder="+ field"
            value={typed}
            onFocus={() => setOpen(true)}
            onBlur={() => setTimeout(() => setOpen(false), 150)}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setOpen(true);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && options[0]) add(options[0].text);
              if (event.key === 'Escape') event.currentTarget.blur();
              if (event.key === 'Backspace' && typed === '' && chosen.length) onChange(chosen.slice(0, -1));
            }}
          />
          {isOpen && options.length > 0 && (
            <ul class="completion" role="listbox" aria-label="Fields">
              {options.map((option) => (
                <li key={option.text} role="option" aria-selected={false} onPointerDown={(event) => { event.preventDefault(); add(option.text); }}>
                  <span class="mono">{option.text}</span><small>{option.hint}</small>
                </li>
              ))}
            </ul>
          )}
        </span>
      )}
    </div>
  );
}
