import { useMemo, useRef, useState } from 'preact/hooks';
import { address, problemFrom, route } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { useNavigation } from '../../app/place';
import { usePreferences } from '../../app/preferences';
import { usePageTime } from '../../app/time';
import { alarmHistory, deleteAlarm, getAlarm, muteAlarm, setAlarmActions, unmuteAlarm, type HistoryItem } from '../../alarm/api';
import { stateOf, timelineOf, transitionOf } from '../../alarm/breaches';
import { conditionText } from '../../alarm/definition';
import { widgetOfAlarm } from '../../alarm/widget';
import { pagePicture } from '../../chart/page_picture';
import { asList, asNumber, asText, type JsonObject } from '../../dashboard/json';
import { selectionText } from '../../metric/selection';
import { shellWord } from '../../format/export';
import { Button } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { Panel, ProblemNotice } from '../../parts/notice';
import { Menu, Popover } from '../../parts/popover';
import { Table, type Column } from '../../parts/table';
import { useToast } from '../../parts/toast';
import { formatAgo, formatMoment } from '../../time/format';
import { ConfirmDialog } from '../dashboards/confirm_dialog';
import { AlarmEditor } from './alarm_editor';
import { AlarmGraph } from './alarm_graph';
import { StateBar } from './alarm_timeline';
import { ExplainPanel } from './explain_panel';
import { ReplayPanel } from './replay_panel';
import { StateTag } from './state_tag';

const MUTES: readonly { label: string; minutes: number }[] = [
  { label: '15 minutes', minutes: 15 },
  { label: '1 hour', minutes: 60 },
  { label: '4 hours', minutes: 240 },
  { label: '1 day', minutes: 1440 },
  { label: '1 week', minutes: 10_080 },
];

export function AlarmView({ name, region }: { name: string; region: string | undefined }) {
  const { go } = useNavigation();
  const { zone } = usePreferences();
  const pageTime = usePageTime();
  const say = useToast();
  const [tick, setTick] = useState(0);
  const drawn = useRef<HTMLDivElement>(null);
  const [dialog, setDialog] = useState<'edit' | 'delete' | null>(null);
  const key = `${name} ${region} ${pageTime.key} ${tick}`;
  const { answer, problem } = useAnswer(key, (signal) => getAlarm(name, region, signal));
  const history = useAnswer(`history ${key}`, (signal) => alarmHistory(name, region, pageTime.span.sinceMs, signal));
  const items = history.answer ?? [];
  const alarm = answer?.alarm;
  const stretches = useMemo(() => {
    const transitions = items.map((item) => transitionOf(item.timeMs, item.summary)).filter((item) => item !== undefined);
    const made = items.find((item) => item.kind === 'ConfigurationUpdate' && /created/i.test(item.summary));
    return timelineOf(transitions, stateOf(alarm?.['StateValue']), pageTime.span.sinceMs, pageTime.span.untilMs, made?.timeMs);
  }, [items, alarm, pageTime.key]);

  const act = async (what: string, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
      say(what);
      setTick((count) => count + 1);
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    }
  };
  if (problem && !answer) {
    return (
      <ProblemNotice problem={problem}>
        <p>
          <Button onClick={() => go('/alarms')}>All alarms</Button>
        </p>
      </ProblemNotice>
    );
  }
  if (!answer || !alarm) return <div class="widget-waiting" aria-busy="true" />;
  const isComposite = answer.kind === 'composite';
  const graph = widgetOfAlarm(alarm, answer.region);
  const hasActions = alarm['ActionsEnabled'] !== false;
  const isMuted = answer.mutedUntilMs !== null && answer.mutedUntilMs > Date.now();
  const sinceMs = asNumber(alarm['StateTransitionedTimestamp']) ?? asNumber(alarm['StateUpdatedTimestamp']);
  return (
    <div class="stack">
      <div class="toolbar">
        <Button icon="left" kind="quiet" label="All alarms" onClick={() => go('/alarms')} />
        <h2 class="dashboard-name">{name}</h2>
        <StateTag state={stateOf(alarm['StateValue'])} />
        {sinceMs !== undefined && (
          <span class="muted" title={formatMoment(sinceMs, zone)}>
            since {formatAgo(sinceMs, Date.now())}
          </span>
        )}
        {isMuted && <span class="tag">muted until {formatMoment(answer.mutedUntilMs!, zone)}</span>}
        {!hasActions && <span class="tag">actions off</span>}
        <span class="grow" />
        <ExportMenu
          what="alarm"
          table={() => ({ columns: ['time', 'kind', 'summary'], rows: items.map((item) => [new Date(item.timeMs).toISOString(), item.kind, item.summary]) })}
          picture={graph ? () => (drawn.current ? pagePicture(drawn.current) : Promise.resolve(null)) : undefined}
          command={`weir alarm explain ${shellWord(name)} --region ${shellWord(answer.region)}`}
          call={{ method: 'GET', address: address(route('/alarms', name, 'explain'), { region: answer.region }) }}
        />
        {isMuted ? (
          <Button icon="play" onClick={() => void act('The alarm is heard again', () => unmuteAlarm(name, region))}>
            Unmute
          </Button>
        ) : (
          <Popover icon="pause" label="Mute the actions for a time" text="Mute" align="right">
            {(close) => (
              <Menu
                onDone={close}
                items={MUTES.map(({ label, minutes }) => ({ label: `for ${label}`, onChoose: () => void act(`Muted for ${label}`, () => muteAlarm(name, region, minutes)) }))}
              />
            )}
          </Popover>
        )}
        <Button onClick={() => void act(hasActions ? 'Actions are off' : 'Actions are on', () => setAlarmActions(name, region, !hasActions))}>
          {hasActions ? 'Disable actions' : 'Enable actions'}
        </Button>
        <Button icon="edit" onClick={() => setDialog('edit')}>
          Edit
        </Button>
        <Button icon="trash" kind="danger" onClick={() => setDialog('delete')}>
          Delete
        </Button>
      </div>
      <Panel title={conditionText(alarm)}>
        <p>{asText(alarm['StateReason'])}</p>
        {asText(alarm['AlarmDescription']) !== undefined && <p class="muted">{asText(alarm['AlarmDescription'])}</p>}
        <StateBar label="States" stretches={stretches} span={pageTime.span} />
        <dl class="alarm-facts">
          <Fact name="Missing data" value={asText(alarm['TreatMissingData']) ?? 'missing'} />
          <Fact name="Region" value={answer.region} />
          <Fact name="On ALARM" value={actionsText(alarm, 'AlarmActions')} />
          <Fact name="On OK" value={actionsText(alarm, 'OKActions')} />
          <Fact name="On INSUFFICIENT_DATA" value={actionsText(alarm, 'InsufficientDataActions')} />
        </dl>
      </Panel>
      {graph && (
        <Panel
          title="What it watches"
          actions={
            <Button kind="quiet" icon="metrics" onClick={() => go('/metrics', { graph: selectionText(graph) })}>
              Open in Metrics
            </Button>
          }
        >
          <div ref={drawn}>
            <AlarmGraph alarm={alarm} region={answer.region} />
          </div>
        </Panel>
      )}
      {!isComposite && (
        <div class="columns-2">
          <ExplainPanel name={name} region={region} timeKey={`${pageTime.key} ${tick}`} alarm={alarm} />
          <ReplayPanel name={name} region={region} />
        </div>
      )}
      {isComposite && <ExplainPanel name={name} region={region} timeKey={`${pageTime.key} ${tick}`} alarm={alarm} />}
      <Panel title="History" isLoading={history.isLoading}>
        {history.problem && <ProblemNotice problem={history.problem} />}
        <HistoryTable items={items} />
      </Panel>
      {dialog === 'edit' && (
        <AlarmEditor
          kind={isComposite ? 'composite' : 'metric'}
          draft={alarm}
          region={answer.region}
          isNew={false}
          onClose={() => setDialog(null)}
          onStored={() => {
            setDialog(null);
            setTick((count) => count + 1);
            say(`${name} is stored`);
          }}
        />
      )}
      {dialog === 'delete' && (
        <ConfirmDialog
          title={`Delete ${name}?`}
          action="Delete"
          onClose={() => setDialog(null)}
          onConfirm={() => {
            setDialog(null);
            void deleteAlarm(name, region).then(
              () => {
                say(`${name} is deleted`);
                go('/alarms');
              },
              (error: unknown) => say(problemFrom(error).detail, 'error'),
            );
          }}
        >
          It is no longer evaluated and calls nobody. Its history stays for 30 days.
        </ConfirmDialog>
      )}
    </div>
  );
}

function actionsText(alarm: JsonObject, member: string): string {
  const actions = asList(alarm[member]).filter((item): item is string => typeof item === 'string');
  return actions.length === 0 ? 'nothing' : actions.join(', ');
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={value}>{value}</dd>
    </div>
  );
}

function HistoryTable({ items }: { items: readonly HistoryItem[] }) {
  const { zone } = usePreferences();
  const columns: Column<HistoryItem>[] = [
    { id: 'time', title: 'Time', text: (item) => formatMoment(item.timeMs, zone), value: (item) => item.timeMs },
    { id: 'kind', title: 'Kind', text: (item) => item.kind },
    { id: 'summary', title: 'What happened', grows: true, text: (item) => item.summary },
  ];
  if (items.length === 0) return <p class="muted">Nothing is recorded yet.</p>;
  return <Table label="History" columns={columns} rows={items} keyOf={(_, i) => i} maxHeight={320} />;
}
