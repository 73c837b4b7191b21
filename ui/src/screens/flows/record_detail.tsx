import { usePreferences } from '../../app/preferences';
import type { FlowRecord } from '../../api/types';
import { valueOf } from '../../flow/columns';
import { explainValue, flowText, isRejected, underscored } from '../../flow/explain';
import { Button } from '../../parts/button';
import { useCopy } from '../../parts/toast';
import { useCatalogue } from '../../query/catalogue';
import { conditionOf } from '../../query/condition';

interface RecordDetailProps {
  record: FlowRecord;
  onClose: () => void;
  onNarrow: (condition: string) => void;
  onAddress: (address: string) => void;
}

interface Side {
  title: string;
  seen: string;
  packet: string;
  port: string;
  facts: Array<[string, string]>;
}

function sideOf(record: FlowRecord, which: 'src' | 'dst', title: string): Side {
  const text = (field: string) => String(valueOf(record, field) ?? '');
  const facts: Array<[string, string]> = [];
  for (const [field, name] of [['scope', 'Scope'], ['country', 'Country'], ['city', 'City'], ['asn', 'AS number'], ['org', 'Network of'], ['aws_service', 'AWS service'], ['aws_region', 'AWS region']] as const) {
    const value = text(`${which}_${field}`) || (field === 'aws_service' ? text(`pkt_${which}_aws_service`) : '');
    if (value) facts.push([name, value]);
  }
  if (which === 'dst' && text('service')) facts.push(['Service', text('service')]);
  return { title, seen: text(`${which}addr`), packet: text(`pkt_${which}addr`), port: text(`${which}port`), facts };
}

/** One record, every field in words; what is clicked narrows the table. */
export function RecordDetail({ record, onClose, onNarrow, onAddress }: RecordDetailProps) {
  const { zone } = usePreferences();
  const catalogue = useCatalogue();
  const copy = useCopy();
  const action = valueOf(record, 'action');
  const known = new Map(catalogue.fields.map((field) => [underscored(field.name), field.summary]));
  const sides = [sideOf(record, 'src', 'Source'), sideOf(record, 'dst', 'Destination')];
  const fields = Object.keys(record).filter((field) => record[field] !== null && record[field] !== '');
  return (
    <aside class="side" aria-label="The chosen record">
      <header>
        <h2>Record {action !== null && <span class={`tag ${isRejected(action) ? 'reject' : 'accept'}`}>{String(action)}</span>}</h2>
        <Button kind="quiet" icon="copy" label="Copy as JSON" onClick={() => copy(JSON.stringify(record, null, 1), 'Record')} />
        <Button kind="quiet" icon="close" label="Close" onClick={onClose} />
      </header>
      <div class="sides">
        {sides.map((side) => (
          <section key={side.title}>
            <h3>{side.title}</h3>
            {side.seen && <p class="mono"><Button kind="quiet" class="link" title={`What does ${side.seen} do?`} onClick={() => onAddress(side.seen)}>{side.seen}</Button>{side.port && `:${side.port}`}</p>}
            {side.packet && side.packet !== side.seen && (
              <p class="small">
                in the packet <Button kind="quiet" class="link mono" onClick={() => onAddress(side.packet)}>{side.packet}</Button>
                <br /><span class="muted">Another address is in between: NAT or a load balancer.</span>
              </p>
            )}
            {side.packet && side.packet === side.seen && <p class="muted small">The same in the packet itself.</p>}
            <dl>{side.facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
          </section>
        ))}
      </div>
      <dl class="fields">
        {fields.map((field) => {
          const value = record[field];
          const means = explainValue(field, value, Date.now());
          return (
            <div key={field}>
              <dt title={known.get(underscored(field))}><span class="mono">{field}</span><small class="muted">{known.get(underscored(field))}</small></dt>
              <dd>
                <span class="mono">{flowText(field, value, zone)}</span>
                {means && <small class="muted">{means}</small>}
              </dd>
              <Button kind="quiet" icon="filter" label={`Only ${field} ${String(value)}`} onClick={() => onNarrow(conditionOf(field, value ?? null))} />
            </div>
          );
        })}
      </dl>
    </aside>
  );
}
