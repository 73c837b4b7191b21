import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { problemFrom } from '../../api/client';
import { useAnswer } from '../../api/use_answer';
import { useNavigation } from '../../app/place';
import { usePreferences } from '../../app/preferences';
import { usePageTime } from '../../app/time';
import { pagePicture } from '../../chart/page_picture';
import { checkDashboard, dashboardCells, dataAddress, getDashboard, type CheckMessage } from '../../dashboard/api';
import { parseBody, readBody, textOf, withDuplicate, withNewWidget, withoutWidget, withPlaces, withWidget, type DashboardBody } from '../../dashboard/body';
import type { JsonObject } from '../../dashboard/json';
import { ownRange } from '../../dashboard/time_range';
import { readVariables, withVariables } from '../../dashboard/variables';
import { download, type ExportTable } from '../../format/export';
import { dashboardCommand } from '../../metric/command';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { ExportMenu } from '../../parts/export_menu';
import { ProblemNotice } from '../../parts/notice';
import { Menu, Popover } from '../../parts/popover';
import { useCopy, useToast } from '../../parts/toast';
import { formatSpan } from '../../time/format';
import { CheckMessages } from './check_messages';
import { keepDraft, keptDraft } from './drafts';
import { ConfirmDialog } from './confirm_dialog';
import { Grid } from './grid';
import { JsonDialog } from './json_dialog';
import { WIDGET_KINDS } from './kinds';
import type { WidgetTime } from './metric_widget';
import { saveDashboard, type Conflict } from './save';
import { VariableBar } from './variable_bar';
import { nameOf, WidgetFrame } from './widget';
import { WidgetEditor } from './widget_editor';

const VARIABLE_PREFIX = 'var.';
const EMPTY = readBody({ widgets: [] });

export function DashboardView({ name }: { name: string }) {
  const { place, set, go } = useNavigation();
  const { zone } = usePreferences();
  const pageTime = usePageTime();
  const say = useToast();
  const copy = useCopy();
  const [tick, setTick] = useState(0);
  const { answer: stored, problem } = useAnswer(`${name} ${tick}`, (signal) => getDashboard(name, signal));
  const [draft, setDraft] = useState<DashboardBody | null>(null);
  const [openedTag, setOpenedTag] = useState<string | null>(null);
  const [isRestored, setRestored] = useState(false);
  const [undo, setUndo] = useState<DashboardBody[]>([]);
  const [edited, setEdited] = useState<number | null>(null);
  const [dialog, setDialog] = useState<'json' | 'check' | 'discard' | null>(null);
  const [messages, setMessages] = useState<CheckMessage[] | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [isSaving, setSaving] = useState(false);
  const [isWhole, setWhole] = useState(false); // widgets far below are asked for too
  const grid = useRef<HTMLDivElement>(null);
  const isEditing = place.parameters['edit'] === '1';

  const parsed = useMemo(() => (stored ? parseBody(stored.text) : null), [stored]);
  const body = draft ?? (parsed && 'body' in parsed ? parsed.body : EMPTY);
  const isDirty = draft !== null;

  // What is not saved outlives a visit to another screen, and a reload.
  useEffect(() => {
    if (!stored) return;
    if (isRestored) {
      keepDraft(name, draft === null ? null : { openedTag: openedTag ?? stored.tag ?? '', text: textOf(draft) });
      return;
    }
    setRestored(true);
    const kept = keptDraft(name);
    const again = kept === null ? null : parseBody(kept.text);
    if (kept && again && 'body' in again) {
      setOpenedTag(kept.openedTag);
      setDraft(again.body);
      if (!isEditing) setEditing(true);
    }
  }, [stored, draft, isRestored]);

  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isDirty]);

  const variables = useMemo(() => readVariables(body.source), [body]);
  const values = useMemo(
    () =>
      new Map(
        Object.entries(place.parameters)
          .filter(([key]) => key.startsWith(VARIABLE_PREFIX))
          .map(([key, value]) => [key.slice(VARIABLE_PREFIX.length), value]),
      ),
    [place],
  );
  const shown = useMemo(() => (variables.length === 0 ? body : readBody(withVariables(body.source, variables, values))), [body, variables, values]);

  // A time range in the address is the reader's own choice and wins over the dashboard's.
  const own = place.parameters['since'] === undefined ? ownRange(body.start, body.end, pageTime.span.untilMs) : undefined;
  const time: WidgetTime = {
    span: own ?? pageTime.span,
    key: own ? `${own.sinceMs}-${own.untilMs} ${pageTime.key}` : pageTime.key,
    override: body.periodOverride,
    setSpan: pageTime.setSpan,
  };

  const change = (next: DashboardBody): void => {
    setUndo([...undo.slice(-49), body]);
    if (draft === null) setOpenedTag(stored?.tag ?? null);
    setDraft(next);
  };
  const setEditing = (next: boolean): void => set({ edit: next ? '1' : undefined }, 'replace');
  const undoLast = (): void => {
    const before = undo.at(-1);
    if (!before) return;
    setUndo(undo.slice(0, -1));
    setDraft(undo.length === 1 && parsed && 'body' in parsed && before === parsed.body ? null : before);
  };
  const discard = (): void => {
    setDialog(null);
    setDraft(null);
    setUndo([]);
    setEditing(false);
  };
  const save = async (isForced: boolean, text = textOf(body)): Promise<void> => {
    setConflict(null);
    setSaving(true);
    try {
      const result = await saveDashboard(name, text, isForced || !openedTag ? 'any' : { tag: openedTag });
      if (result.conflict) {
        setConflict(result.conflict);
      } else if (result.isStored) {
        setDraft(null);
        setUndo([]);
        setEditing(false);
        setTick((count) => count + 1);
        const warnings = result.messages.length;
        say(warnings === 0 ? `${name} is stored` : `${name} is stored, with ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`);
        if (warnings > 0) setMessages(result.messages);
      } else {
        setMessages(result.messages);
        setDialog('check');
      }
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    } finally {
      setSaving(false);
    }
  };
  const check = async (): Promise<void> => {
    try {
      setMessages(await checkDashboard(isDirty ? textOf(body) : (stored?.text ?? '')));
      setDialog('check');
    } catch (error) {
      say(problemFrom(error).detail, 'error');
    }
  };
  const chosen = variables.flatMap(({ id }): [string, string][] => (values.has(id) ? [[id, values.get(id)!]] : []));
  const cells = (): Promise<ExportTable | null> =>
    dashboardCells(name, time.span, chosen).catch((error: unknown) => {
      say(problemFrom(error).detail, 'error');
      return null;
    });
  const picture = async (): Promise<Blob | null> => {
    setWhole(true);
    await drawnWhole(grid);
    return grid.current && pagePicture(grid.current);
  };
  const edit = (index: number): void => {
    if (!isEditing) setEditing(true);
    setEdited(index);
  };

  if (problem && !stored) {
    return (
      <ProblemNotice problem={problem}>
        <p>
          <Button onClick={() => go('/dashboards')}>All dashboards</Button>
        </p>
      </ProblemNotice>
    );
  }
  if (!stored || !parsed) return <div class="widget-waiting" aria-busy="true" />;
  const region = regionOf(body);
  return (
    <div class="stack dashboard" data-dirty={isDirty ? 'yes' : 'no'}>
      <div class="toolbar">
        <Button icon="left" kind="quiet" label="All dashboards" onClick={() => (isDirty ? setDialog('discard') : go('/dashboards'))} />
        <h2 class="dashboard-name">{name}</h2>
        {isDirty && <span class="tag">not saved</span>}
        {own && (
          <span class="muted">
            The dashboard's own time range: {formatSpan(own, zone)}{' '}
            <Button onClick={() => pageTime.setRange(pageTime.range)}>
              Use the page's
            </Button>
          </span>
        )}
        {!own && body.start !== undefined && (
          <Button onClick={() => set({ since: undefined, until: undefined })}>
            Use the dashboard's own time range
          </Button>
        )}
        <span class="grow" />
        {isEditing ? (
          <>
            <Popover icon="plus" label="Add a widget" text="Add" align="right">
              {(close) => (
                <Menu
                  onDone={close}
                  items={WIDGET_KINDS.map((kind) => ({
                    label: kind.title,
                    onChoose: () => {
                      change(withNewWidget(body, kind.fresh(region)));
                      setEdited(body.widgets.length);
                    },
                  }))}
                />
              )}
            </Popover>
            <Button isDisabled={undo.length === 0} onClick={undoLast}>
              Undo
            </Button>
            <Button onClick={() => setDialog('json')}>JSON</Button>
            <Button onClick={() => (isDirty ? setDialog('discard') : setEditing(false))}>{isDirty ? 'Discard' : 'Done'}</Button>
            <Button kind="primary" isDisabled={!isDirty || isSaving} onClick={() => void save(false)}>
              Save
            </Button>
          </>
        ) : (
          <Button icon="edit" onClick={() => setEditing(true)}>
            Edit
          </Button>
        )}
        <ExportMenu
          what={`dashboard ${name}`}
          table={isDirty ? undefined : cells}
          picture={picture}
          command={isDirty ? null : dashboardCommand(name, time.span, chosen)}
          call={isDirty ? null : { method: 'GET', address: dataAddress(name, time.span, chosen) }}
          note={isDirty ? 'CSV, JSON, the command and curl are of what is stored: save this dashboard first.' : undefined}
        />
        <Popover icon="more" kind="quiet" label="More of this dashboard" align="right">
          {(close) => (
            <Menu
              onDone={close}
              items={[
                { label: 'Export as stored', icon: 'download', onChoose: () => download(`${name}.json`, stored.text, 'application/json') },
                { label: 'Copy the body', icon: 'copy', onChoose: () => copy(isDirty ? textOf(body) : stored.text, 'Body') },
                {
                  label: 'Copy the aws command',
                  icon: 'copy',
                  onChoose: () => copy(`aws --endpoint-url ${location.origin} cloudwatch get-dashboard --dashboard-name ${name}`, 'Command'),
                },
                { label: 'Check', icon: 'info', onChoose: () => void check() },
              ]}
            />
          )}
        </Popover>
      </div>
      {variables.length > 0 && <VariableBar variables={variables} values={values} time={time} onChange={(id, value) => set({ [`${VARIABLE_PREFIX}${id}`]: value }, 'replace')} />}
      {'problem' in parsed && !draft && (
        <div class="problem" role="alert">
          <div>
            <strong>The stored body cannot be read</strong>
            <p>{parsed.problem.message}</p>
          </div>
        </div>
      )}
      {body.widgets.length === 0 && (
        <div class="empty" role="note">
          <h3>No widgets yet</h3>
          <p>{isEditing ? 'Add one with the button above, or write the body as JSON.' : 'Edit the dashboard to add some.'}</p>
        </div>
      )}
      <Grid
        root={grid}
        isEditing={isEditing}
        places={shown.widgets.map((widget) => widget.place)}
        onPlaces={(places) => change(withPlaces(body, places))}
        items={shown.widgets.map((widget, i) => ({
          key: String(i),
          title: nameOf(widget),
          type: widget.type,
          isPlain: widget.type === 'text' && widget.properties['background'] === 'transparent',
          draw: () => (
            <WidgetFrame
              widget={widget}
              time={time}
              isEditing={isEditing}
              isWanted={isWhole}
              onEdit={() => edit(i)}
              onDuplicate={() => {
                if (!isEditing) setEditing(true);
                change(withDuplicate(body, i));
              }}
              onRemove={() => {
                if (!isEditing) setEditing(true);
                change(withoutWidget(body, i));
                say(`${nameOf(widget)} is removed; Undo brings it back`);
              }}
            />
          ),
        }))}
      />
      {edited !== null && body.widgets[edited] && (
        <WidgetEditor
          body={body}
          index={edited}
          time={time}
          onClose={() => setEdited(null)}
          onApply={(source: JsonObject) => {
            change(withWidget(body, edited, source));
            setEdited(null);
          }}
        />
      )}
      {dialog === 'json' && (
        <JsonDialog
          text={isDirty ? textOf(body) : stored.text}
          onClose={() => setDialog(null)}
          onApply={(next) => {
            change(next);
            setDialog(null);
          }}
        />
      )}
      {dialog === 'check' && messages && (
        <Dialog title={messages.some((message) => message.severity === 'error') ? 'The server refuses this body' : 'What the server says of this dashboard'} isWide onClose={() => setDialog(null)}>
          <CheckMessages messages={messages} />
        </Dialog>
      )}
      {dialog === 'discard' && (
        <ConfirmDialog title="Discard what is not saved?" action="Discard" onClose={() => setDialog(null)} onConfirm={discard}>
          The dashboard goes back to what is stored.
        </ConfirmDialog>
      )}
      {conflict && (
        <Dialog
          title="Somebody else changed this dashboard"
          onClose={() => setConflict(null)}
          actions={
            <>
              <Button onClick={() => copy(textOf(body), 'Body')}>Copy mine</Button>
              <Button
                onClick={() => {
                  setConflict(null);
                  discard();
                  setTick((count) => count + 1);
                }}
              >
                Load theirs
              </Button>
              <Button kind="danger" onClick={() => void save(true)}>
                Overwrite theirs
              </Button>
            </>
          }
        >
          <p>{conflict.message}</p>
          <p class="muted">Nothing is stored yet. Overwriting replaces their whole body with this one.</p>
        </Dialog>
      )}
    </div>
  );
}

/** Once no widget waits for an answer; a widget that never gets one is painted as it is. */
async function drawnWhole(grid: { current: HTMLElement | null }): Promise<void> {
  const deadline = Date.now() + 30_000;
  do {
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (Date.now() < deadline && grid.current?.querySelector('.widget-waiting, .widget-body:empty'));
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

/** New widgets are of the region that the first of the others names. */
function regionOf(body: DashboardBody): string {
  for (const widget of body.widgets) {
    const region = widget.properties['region'];
    if (typeof region === 'string' && region !== '') return region;
  }
  return 'us-east-1';
}
