import type { Parameters } from '../../app/address';
import { Link } from '../../app/place';

interface BarListProps {
  rows: ReadonlyArray<{ label: string; value: number; text: string; parameters: Parameters }>;
  tone?: 'reject';
  empty?: string;
}

/** The largest first, each a link to Explore with its question. */
export function BarList({ rows, tone, empty = 'Nothing in this time.' }: BarListProps) {
  const highest = Math.max(1, ...rows.map((row) => row.value));
  if (rows.length === 0) return <p class="muted bar-list-empty">{empty}</p>;
  return (
    <ol class={`bar-list${tone ? ` ${tone}` : ''}`}>
      {rows.map((row) => (
        <li key={row.label}>
          <Link path="/explore" parameters={row.parameters} title={`Explore ${row.label}`}>
            <span class="amount-bar" style={{ width: `${(row.value / highest) * 100}%` }} />
            <span class="mono bar-label">{row.label}</span>
            <b>{row.text}</b>
          </Link>
        </li>
      ))}
    </ol>
  );
}
