import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import type { IconName } from './icon';
import { Icon } from './icon';

interface ButtonProps extends Omit<ButtonHTMLAttributes, 'icon'> {
  icon?: IconName;
  kind?: 'plain' | 'primary' | 'quiet' | 'danger';
  isPressed?: boolean;
  isDisabled?: boolean;
  /** What it does, for buttons that show an icon alone. */
  label?: string;
  children?: ComponentChildren;
}

export function Button({ icon, kind = 'plain', isPressed, isDisabled, label, children, class: extra, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`button ${kind}${children === undefined ? ' only-icon' : ''}${extra ? ` ${String(extra)}` : ''}`}
      aria-pressed={isPressed}
      aria-label={label}
      title={rest.title ?? label}
      disabled={isDisabled}
    >
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: ReadonlyArray<{ value: T; label: string }>;
  onChange: (value: T) => void;
}

/** One of a few, all to be seen. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  );
}

/** One of many. */
export function Select<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <label class="select">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
      </select>
    </label>
  );
}
