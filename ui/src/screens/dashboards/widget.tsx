import { useEffect, useRef, useState } from 'preact/hooks';
import { asText, type JsonObject } from '../../dashboard/json';
import { titleOf, type Widget } from '../../dashboard/body';
import { ownRange } from '../../dashboard/time_range';
import { selectionText } from '../../metric/selection';
import { Link, useNavigation } from '../../app/place';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { Menu, Popover, type MenuItem } from '../../parts/popover';
import { AlarmWidget } from './alarm_widget';
import { absentReason } from './kinds';
import { LogWidget } from './log_widget';
import { MetricWidget, type WidgetTime } from './metric_widget';
import { WidgetNote } from './reasons';
import { TextWidget } from './text_widget';

interface WidgetProps {
  widget: Widget;
  time: WidgetTime;
  isEditing: boolean;
  /** Asks at once, wherever it stands. */
  isWanted: boolean;
  onEdit: () => void;
  onDuplicate: () => void;
  onRemove: () => void;
}

export function nameOf(widget: Widget): string {
  const title = titleOf(widget);
  return title === '' ? `${widget.type === '' ? 'Unknown' : widget.type} widget` : title;
}

/** A widget may have a time range of its own; all others go with the dashboard. */
function timeOf(properties: JsonObject, time: WidgetTime): WidgetTime {
  const own = ownRange(asText(properties['start']), asText(properties['end']), time.span.untilMs);
  return own ? { ...time, span: own, key: `${time.key} ${own.sinceMs}-${own.untilMs}` } : time;
}

const LOOK_AHEAD = '1500px';

/** Asks nothing before it is near the window: a dashboard may have 500 widgets. */
function SeenBody({ widget, time, isWanted }: Pick<WidgetProps, 'time' | 'isWanted'> & { widget: Pick<Widget, 'type' | 'properties'> }) {
  const box = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    // The screen scrolls within #content, and a margin counts for the root alone.
    const root = document.getElementById('content');
    const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true), { root, rootMargin: LOOK_AHEAD });
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  return (
    <div class="widget-body" ref={box}>
      {(isSeen || isWanted) && <WidgetBody widget={widget} time={time} />}
    </div>
  );
}

export function WidgetBody({ widget, time }: { widget: Pick<Widget, 'type' | 'properties'>; time: WidgetTime }) {
  const { properties } = widget;
  switch (widget.type) {
    case 'metric':
      return <MetricWidget properties={properties} time={timeOf(properties, time)} />;
    case 'log':
      return <LogWidget properties={properties} time={timeOf(properties, time)} />;
    case 'text':
      return <TextWidget properties={properties} />;
    case 'alarm':
      return <AlarmWidget properties={properties} time={time} />;
    default:
      return <WidgetNote title="Not drawn">{absentReason(widget.type)}</WidgetNote>;
  }
}

export function WidgetFrame({ widget, time, isEditing, isWanted, onEdit, onDuplicate, onRemove }: WidgetProps) {
  const [isLarge, setLarge] = useState(false);
  const { go } = useNavigation();
  const name = nameOf(widget);
  const title = titleOf(widget);
  const items: MenuItem[] = [{ label: 'Enlarge', icon: 'zoomOut', onChoose: () => setLarge(true) }];
  if (widget.type === 'metric') {
    items.push({ label: 'Open in Metrics', icon: 'metrics', onChoose: () => go('/metrics', { graph: selectionText(widget.properties) }) });
  }
  if (widget.type === 'log') {
    items.push({ label: 'Open in Query', icon: 'query', onChoose: () => go('/query', { q: asText(widget.properties['query']) ?? '' }) });
  }
  items.push(
    { label: 'Edit', icon: 'edit', onChoose: onEdit },
    { label: 'Duplicate', icon: 'copy', onChoose: onDuplicate },
    { label: 'Remove', icon: 'trash', onChoose: onRemove },
  );
  const hasHead = title !== '' || widget.type !== 'text';
  return (
    <>
      <header class={`widget-head${hasHead ? '' : ' bare'}`}>
        <h2 title={title}>{hasHead ? name : ''}</h2>
        {isEditing && <Button icon="edit" kind="quiet" label={`Edit ${name}`} onClick={onEdit} />}
        <Popover icon="more" kind="quiet" label={`Actions of ${name}`} align="right">
          {(close) => <Menu items={items} onDone={close} />}
        </Popover>
      </header>
      <SeenBody widget={widget} time={time} isWanted={isWanted} />
      {isLarge && (
        <Dialog title={name} isWide onClose={() => setLarge(false)}>
          <div class="widget-large">
            <WidgetBody widget={widget} time={time} />
          </div>
        </Dialog>
      )}
    </>
  );
}

/** The name of a dashboard as a link to it. */
export function DashboardLink({ name }: { name: string }) {
  return <Link path={`/dashboards/${encodeURIComponent(name)}`}>{name}</Link>;
}
