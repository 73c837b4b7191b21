import type { EmptyReason, EmptySeries } from '../../dashboard/series_data';

function Reason({ reason }: { reason: EmptyReason }) {
  return (
    <>
      <p>{reason.detail ?? reason.cause}</p>
      {reason.next !== '' && <p class="muted">{reason.next}</p>}
    </>
  );
}

/** Why a widget has nothing to show, series by series where there are several. */
export function WidgetEmpty({ title, series }: { title: string; series: readonly EmptySeries[] }) {
  const groups = new Map<string, { labels: string[]; reasons: EmptyReason[] }>();
  for (const { label, reasons } of series) {
    const key = JSON.stringify(reasons);
    const group = groups.get(key) ?? { labels: [], reasons };
    if (label !== '') group.labels.push(label);
    groups.set(key, group);
  }
  return (
    <div class="widget-empty" role="note">
      <h3>{title}</h3>
      {[...groups.values()].map(({ labels, reasons }) => (
        <div key={labels.join()}>
          {labels.length > 0 && <p class="widget-empty-labels">{labels.join(', ')}</p>}
          {reasons.map((reason) => (
            <Reason key={reason.cause} reason={reason} />
          ))}
          {reasons.length === 0 && <p>No data in this time range.</p>}
        </div>
      ))}
    </div>
  );
}

export function WidgetNote({ title, children }: { title: string; children?: string }) {
  return (
    <div class="widget-empty" role="note">
      <h3>{title}</h3>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}
