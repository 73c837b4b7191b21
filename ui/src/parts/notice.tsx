import type { ComponentChildren } from 'preact';
import type { Problem } from '../api/client';
import type { EmptyCause } from '../api/types';
import { Icon } from './icon';

/** An answer without rows says why, and what to do next. */
export function EmptyState({ title = 'Nothing to show', causes, children }: { title?: string; causes: readonly EmptyCause[]; children?: ComponentChildren }) {
  return (
    <div class="empty" role="note">
      <h3>{title}</h3>
      {causes.length > 0 && (
        <ul>
          {causes.map((cause) => (
            <li key={cause.cause}>
              <p>{cause.detail ?? cause.cause}</p>
              {cause.next && <p class="muted">{cause.next}</p>}
            </li>
          ))}
        </ul>
      )}
      {children && <div class="empty-actions">{children}</div>}
    </div>
  );
}

export function ProblemNotice({ problem, children }: { problem: Problem; children?: ComponentChildren }) {
  const next = problem.nextStep ?? problem.next;
  return (
    <div class="problem" role="alert">
      <Icon name="info" />
      <div>
        <strong>{problem.title}</strong>
        <p>{problem.detail}</p>
        {next && <p class="muted">{next}</p>}
        {problem.suggestions && problem.suggestions.length > 0 && !/did you mean/i.test(problem.detail) && <p>Did you mean {problem.suggestions.slice(0, 5).join(', ')}?</p>}
        {problem.requestId && <p class="muted small">Request {problem.requestId}</p>}
        {children}
      </div>
    </div>
  );
}

interface PanelProps {
  title: ComponentChildren;
  actions?: ComponentChildren;
  isLoading?: boolean;
  class?: string;
  children: ComponentChildren;
}

export function Panel({ title, actions, isLoading, class: extra, children }: PanelProps) {
  return (
    <section class={`panel${isLoading ? ' loading' : ''}${extra ? ` ${extra}` : ''}`} aria-busy={isLoading}>
      <header>
        <h2>{title}</h2>
        {actions && <div class="panel-actions">{actions}</div>}
      </header>
      <div class="panel-body">{children}</div>
    </section>
  );
}
