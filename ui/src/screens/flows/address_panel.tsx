import { get, route } from '../../api/client';
import type { AddressAnswer, Volume } from '../../api/types';
import { useAnswer } from '../../api/use_answer';
import { Link } from '../../app/place';
import { usePreferences } from '../../app/preferences';
import { usePageTime } from '../../app/time';
import { protocolName } from '../../flow/explain';
import { formatBytes, formatCount } from '../../format/units';
import { Button } from '../../parts/button';
import { ProblemNotice } from '../../parts/notice';
import { conditionOf } from '../../query/condition';
import { formatMoment } from '../../time/format';

interface AddressPanelProps {
  address: string;
  onClose: () => void;
  onAddress: (address: string) => void;
  onNarrow: () => void;
}

function Facts({ title, facts }: { title: string; facts: Record<string, unknown> | null }) {
  const entries = Object.entries(facts ?? {}).filter(([, value]) => value !== null && value !== '');
  if (entries.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl>{entries.map(([name, value]) => <div key={name}><dt>{name}</dt><dd class="mono">{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd></div>)}</dl>
    </section>
  );
}

function Amounts({ title, volume, field, address }: { title: string; volume: Volume; field: 'srcaddr' | 'dstaddr'; address: string }) {
  return (
    <section>
      <h3>{title}</h3>
      <p class="amount">{formatBytes(Number(volume.bytes))}</p>
      <p class="muted small">{formatCount(Number(volume.flows))} records, {formatCount(Number(volume.packets))} packets</p>
      <p class={`small ${Number(volume.rejected) ? 'bad' : 'muted'}`}>{formatCount(Number(volume.rejected))} rejected</p>
      <Link path="/explore" parameters={{ metric: 'bytes', by: field === 'srcaddr' ? 'dstaddr,dstport' : 'srcaddr,dstport', filter: conditionOf(field, address) }}>Explore</Link>
    </section>
  );
}

/** What an address does: whose it is, how much, with whom, by which services. */
export function AddressPanel({ address, onClose, onAddress, onNarrow }: AddressPanelProps) {
  const time = usePageTime();
  const { zone } = usePreferences();
  const { answer, problem, isLoading } = useAnswer<AddressAnswer>(`${address} ${time.key}`, (signal) =>
    get(route('/addresses', address), { since: time.span.sinceMs, until: time.span.untilMs }, signal));
  const highest = Math.max(1, ...(answer?.peers ?? []).map((peer) => Number(peer.bytes)));
  return (
    <aside class={`side${isLoading ? ' loading' : ''}`} aria-label={`What ${address} does`} aria-busy={isLoading}>
      <header>
        <h2 class="mono">{address}</h2>
        <Button kind="quiet" icon="filter" label="Only its records" onClick={onNarrow} />
        <Button kind="quiet" icon="close" label="Close" onClick={onClose} />
      </header>
      {problem && <ProblemNotice problem={problem} />}
      {answer && (
        <>
          <p>
            {answer.scope && <span class="tag">{answer.scope}</span>} {answer.trafficClass && <span class="tag">{answer.trafficClass}</span>}
          </p>
          <div class="sides">
            <Amounts title="Sent" volume={answer.asSource} field="srcaddr" address={address} />
            <Amounts title="Received" volume={answer.asDestination} field="dstaddr" address={address} />
          </div>
          {(answer.firstSeenMs !== null || answer.lastSeenMs !== null) && (
            <p class="muted small">
              In this time first {answer.firstSeenMs === null ? '–' : formatMoment(answer.firstSeenMs, zone)}, last {answer.lastSeenMs === null ? '–' : formatMoment(answer.lastSeenMs, zone)}.
            </p>
          )}
          <Facts title="Owner" facts={answer.owner} />
          <Facts title="Place" facts={answer.geo} />
          <Facts title="AWS" facts={answer.aws} />
          <section>
            <h3>Talks with</h3>
            {answer.peers.length === 0 && <p class="muted">Nobody in this time.</p>}
            <ol class="bar-list">
              {answer.peers.map((peer) => (
                <li key={peer.address}>
                  <button type="button" onClick={() => onAddress(peer.address)}>
                    <span class="amount-bar" style={{ width: `${(Number(peer.bytes) / highest) * 100}%` }} />
                    <span class="mono bar-label">{peer.address}</span>
                    {Number(peer.rejected) > 0 && <small class="bad">{formatCount(Number(peer.rejected))} rejected</small>}
                    <b>{formatBytes(Number(peer.bytes))}</b>
                  </button>
                </li>
              ))}
            </ol>
          </section>
          <section>
            <h3>Services</h3>
            <ul class="services">
              {answer.ports.map((port) => (
                <li key={`${port.protocol}/${port.port}`}><span class="mono">{port.service ?? ''} {port.port}/{protocolName(port.protocol)}</span><span>{formatCount(Number(port.flows))} records</span><b>{formatBytes(Number(port.bytes))}</b></li>
              ))}
            </ul>
          </section>
        </>
      )}
    </aside>
  );
}
