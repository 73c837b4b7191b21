import type { CheckMessage } from '../../dashboard/api';

/** What the server says of a body: errors first, each with its place. */
export function CheckMessages({ messages, prefix = '' }: { messages: readonly CheckMessage[]; prefix?: string }) {
  const mine = messages.filter((message) => message.dataPath.startsWith(prefix));
  const sorted = [...mine].sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  return (
    <ul class="check-messages" aria-label="Check messages">
      {sorted.map((message) => (
        <li key={`${message.dataPath} ${message.message}`} class={message.severity}>
          <strong>{message.severity === 'error' ? 'Error' : 'Warning'}</strong> <code>{message.dataPath.slice(prefix.length) || '/'}</code>
          <p>{message.message}</p>
        </li>
      ))}
      {sorted.length === 0 && <li class="fine">The server finds nothing wrong.</li>}
    </ul>
  );
}
