import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../../api/client';
import type { MapAnswer, MapNode } from '../../api/types';
import { useAnswer } from '../../api/use_answer';
import { Link, useNavigation } from '../../app/place';
import { usePageTime } from '../../app/time';
import { shellWord } from '../../format/export';
import { formatBytes, formatCount, formatExact } from '../../format/units';
import { Button, Select } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { EmptyState, Panel, ProblemNotice } from '../../parts/notice';
import { listOf } from '../../app/address';
import { instantText } from '../../time/range';
import type { Layout } from './map_layout';
import { layOut } from './map_layout';
import { MapCanvas } from './map_canvas';
import { filterOfNode, KIND_TITLES, neighboursOf, ownerText } from './map_model';

const LIMITS = ['100', '300', '1000'] as const;
const nextFrame = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

export default function MapScreen() {
  const navigation = useNavigation();
  const time = usePageTime();
  const { parameters } = navigation.place;
  // The way down, node by node; the last one is what is shown.
  const path = listOf(parameters.path).map(decodeURIComponent);
  const within = path.at(-1) ?? '';
  const limit = LIMITS.find((one) => one === parameters.nodes) ?? '300';
  const chosen = parameters.node ?? null;
  const setChosen = (id: string | null) => navigation.set({ node: id ?? undefined }, 'replace');
  const { answer, problem, isLoading } = useAnswer<MapAnswer>(JSON.stringify([within, limit, time.key]), (signal) =>
    get('/map', { since: time.span.sinceMs, until: time.span.untilMs, within, limit }, signal));
  const picture = useRef<(() => Promise<Blob | null>) | null>(null);
  const [drawn, setDrawn] = useState<{ answer: MapAnswer; layout: Layout } | null>(null);
  useEffect(() => {
    if (!answer) return;
    const controller = new AbortController();
    void layOut(answer, drawn?.layout ?? null, controller.signal, nextFrame).then((layout) => {
      if (!controller.signal.aborted) setDrawn({ answer, layout });
    });
    return () => controller.abort();
  }, [answer]);
  const goTo = (next: string[]) => navigation.set({ path: next.map(encodeURIComponent).join(','), node: undefined });
  const node = drawn?.answer.nodes.find((one) => one.id === chosen) ?? null;
  const isArranging = answer !== null && drawn?.answer !== answer;
  return (
    <div class="stack">
      {problem && <ProblemNotice problem={problem} />}
      <Panel
        title={
          <nav class="crumbs" aria-label="Where in the network">
            <Button kind="quiet" isDisabled={path.length === 0} onClick={() => goTo([])}>{drawn?.answer.grouping === 'prefix' ? 'All networks' : 'All VPCs'}</Button>
            {path.map((id, index) => (
              <span key={id}>
                <span class="muted"> / </span>
                <Button kind="quiet" isDisabled={index === path.length - 1} onClick={() => goTo(path.slice(0, index + 1))}>{id.replace(/^[a-z]+:/, '')}</Button>
              </span>
            ))}
          </nav>
        }
        isLoading={isLoading || isArranging}
        actions={
          <>
            <Select label="At most" value={limit} options={LIMITS.map((value) => ({ value, label: `${formatExact(Number(value))} nodes` }))} onChange={(value) => navigation.set({ nodes: value }, 'replace')} />
            <ExportMenu
              what="map"
              table={() => ({ columns: ['from', 'to', 'bytes', 'flows', 'rejects'], rows: (drawn?.answer.edges ?? []).map((edge) => [edge.from, edge.to, edge.bytes, edge.flows, edge.rejects]) })}
              command={`weir query ${shellWord('stats sum(bytes) as total_bytes, count(bytes) as flows by srcaddr, dstaddr | sort total_bytes desc | limit 2000')} --since ${instantText(time.span.sinceMs)} --until ${instantText(time.span.untilMs)}`}
              picture={() => picture.current?.() ?? Promise.resolve(null)}
              call={{ method: 'GET', address: `/api/v1/map?${new URLSearchParams({ since: String(time.span.sinceMs), until: String(time.span.untilMs), within, limit }).toString()}` }}
            />
          </>
        }
      >
        {drawn && drawn.answer.nodes.length === 0
          ? <EmptyState title="No traffic to draw" causes={drawn.answer.emptyBecause ?? []} />
          : (
            <div class="map-body">
              {drawn ? <MapCanvas answer={drawn.answer} layout={drawn.layout} chosen={chosen} onChoose={setChosen} onOpen={(id) => goTo([...path, id])} handle={(draw) => { picture.current = draw; }} /> : <div class="map-wait" aria-busy="true" />}
              <div class="map-side">
                {drawn && (node
                  ? <NodeFacts answer={drawn.answer} node={node} onOpen={() => goTo([...path, node.id])} onChoose={setChosen} onClose={() => setChosen(null)} />
                  : <NodeList answer={drawn.answer} onChoose={setChosen} />)}
              </div>
            </div>
          )}
        {drawn && drawn.answer.nodes.length > 0 && (
          <p class="muted small map-note">
            Width says bytes, orange refused records (dashed where most were). + opens.
            {drawn.answer.isGuessed && ' The records name no VPC or subnet, so networks are guessed from addresses.'}
            {drawn.answer.isPartial && ' Drawn from the pairs of addresses with most bytes and most refusals.'}
            {drawn.answer.omitted.nodes > 0 && ` ${formatExact(drawn.answer.omitted.nodes)} smaller nodes and ${formatExact(drawn.answer.omitted.edges)} connections are left out.`}
          </p>
        )}
      </Panel>
    </div>
  );
}

function NodeList({ answer, onChoose }: { answer: MapAnswer; onChoose: (id: string) => void }) {
  const nodes = [...answer.nodes].sort((a, b) => Number(b.bytes) - Number(a.bytes)).slice(0, 60);
  const highest = Math.max(1, Number(nodes[0]?.bytes ?? 0));
  return (
    <>
      <h3>Most traffic</h3>
      <ol class="bar-list">
        {nodes.map((node) => (
          <li key={node.id}>
            <button type="button" onClick={() => onChoose(node.id)} title={`${KIND_TITLES[node.kind]} ${node.label}`}>
              <span class="amount-bar" style={{ width: `${(Number(node.bytes) / highest) * 100}%` }} />
              <span class="mono bar-label">{node.label}</span>
              <b>{formatBytes(Number(node.bytes))}</b>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

interface NodeFactsProps {
  answer: MapAnswer;
  node: MapNode;
  onOpen: () => void;
  onChoose: (id: string) => void;
  onClose: () => void;
}

function NodeFacts({ answer, node, onOpen, onChoose, onClose }: NodeFactsProps) {
  const neighbours = neighboursOf(answer, node.id);
  const highest = Math.max(1, neighbours[0]?.bytes ?? 0);
  const filter = filterOfNode(node);
  const owner = ownerText(node.owner);
  return (
    <>
      <header>
        <h3>{KIND_TITLES[node.kind]}</h3>
        <Button kind="quiet" icon="close" label="Close" onClick={onClose} />
      </header>
      <p class="mono node-name">{node.label}</p>
      {node.kind === 'interface' && node.id !== node.label && <p class="mono muted small node-name">{node.id}</p>}
      <p>{formatBytes(Number(node.bytes))}{Number(node.rejects) > 0 && <span class="bad">, {formatCount(Number(node.rejects))} rejected</span>}</p>
      {owner && <p class="muted small map-owner">{owner}</p>}
      <p class="toolbar">
        {node.canExpand && <Button kind="primary" icon="plus" onClick={onOpen}>Open</Button>}
        {filter && <Link path="/explore" parameters={{ filter, by: 'srcaddr,dstaddr' }} class="button">Explore</Link>}
        {filter && <Link path="/flows" parameters={{ filter }} class="button">Records</Link>}
      </p>
      <h3>Connected with {neighbours.length}</h3>
      <ol class="bar-list">
        {neighbours.slice(0, 40).map((neighbour) => (
          <li key={neighbour.node.id}>
            <button type="button" onClick={() => onChoose(neighbour.node.id)}>
              <span class="amount-bar" style={{ width: `${(neighbour.bytes / highest) * 100}%` }} />
              <span class="mono bar-label">{neighbour.node.label}</span>
              {neighbour.rejects > 0 && <small class="bad">{formatCount(neighbour.rejects)} rejected</small>}
              <b>{formatBytes(neighbour.bytes)}</b>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}
