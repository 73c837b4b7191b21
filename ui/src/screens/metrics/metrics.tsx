import { useMemo, useRef, useState } from 'preact/hooks';
import { useNavigation } from '../../app/place';
import { usePageTime } from '../../app/time';
import { pagePicture } from '../../chart/page_picture';
import { alarmOfRow } from '../../alarm/widget';
import { asFlag, asNumber, asText, type JsonObject } from '../../dashboard/json';
import { jsonText } from '../../dashboard/json_text';
import { expandRows, rowSource } from '../../dashboard/metric_rows';
import { viewOf, type WidgetQueries } from '../../dashboard/metric_queries';
import { joinTimes } from '../../dashboard/series_data';
import type { ExportTable } from '../../format/export';
import { STATISTICS } from '../../alarm/definition';
import { metricCommand } from '../../metric/command';
import { isSelected, selectionOfText, selectionText, withMetric, withoutMetric } from '../../metric/selection';
import { Choice } from '../../parts/button';
import { ExportMenu } from '../../parts/export_menu';
import { Panel, ProblemNotice } from '../../parts/notice';
import { Menu, Popover } from '../../parts/popover';
import { useCopy } from '../../parts/toast';
import { Flag, SelectField } from '../dashboards/widget_form';
import { MetricView, useMetrics, type WidgetTime } from '../dashboards/metric_widget';
import { ValueTable } from '../dashboards/metric_table';
import { WidgetEmpty, WidgetNote } from '../dashboards/reasons';
import { AddToDashboard } from './add_to_dashboard';
import { MetricBrowser } from './metric_browser';
import { RowsEditor } from './rows_editor';

const VIEWS = ['timeSeries', 'singleValue', 'bar', 'pie', 'table', 'gauge'];
const PERIODS = ['1', '10', '60', '300', '900', '3600', '21600', '86400'];

/** The alarm that each expression of a graph would make: with the rows of its region, of which it is the one that is watched. */
function expressionAlarms(wanted: WidgetQueries): { expression: string; draft: JsonObject; region: string | undefined }[] {
  return wanted.calls.flatMap(({ region, queries }) =>
    queries
      .filter((query) => query.ReturnData && query.Expression !== undefined)
      .map(({ Id, Expression }) => ({
        expression: Expression ?? '',
        draft: { Metrics: queries.map((query): JsonObject => ({ ...JSON.parse(JSON.stringify(query)), ReturnData: query.Id === Id })) },
        region,
      })),
  );
}

export default function Metrics() {
  const { place, set, go } = useNavigation();
  const pageTime = usePageTime();
  const copy = useCopy();
  const text = place.parameters['graph'];
  const tab = place.parameters['tab'] === 'values' ? 'values' : place.parameters['tab'] === 'browse' ? 'browse' : 'rows';
  const properties = useMemo(() => selectionOfText(text), [text]);
  const [isAdding, setAdding] = useState(false);
  const graph = useRef<HTMLDivElement>(null);
  const rows = expandRows(properties['metrics']);
  const time: WidgetTime = { span: pageTime.span, key: pageTime.key, override: 'auto', setSpan: pageTime.setSpan };
  const { wanted, loaded } = useMetrics(rows.length === 0 ? null : properties, time);
  const change = (next: JsonObject): void => set({ graph: selectionText(next) });
  const shownTab = rows.length === 0 ? 'browse' : tab;
  const widget = (): JsonObject => ({ type: 'metric', width: 12, height: 6, properties: { ...properties, metrics: rows.map(rowSource) } });
  const first = rows.find((row) => row.expression === undefined);
  const statistic = asText(first?.options['stat']) ?? asText(properties['stat']) ?? 'Average';
  const period = asNumber(first?.options['period']) ?? asNumber(properties['period']) ?? 300;
  const table = (): ExportTable => {
    const series = loaded.answer?.series ?? [];
    const { timesMs, columns } = joinTimes(series);
    return {
      columns: ['time', ...series.map((one) => one.label)],
      rows: timesMs.map((ms, i) => [new Date(ms).toISOString(), ...columns.map((column) => column[i] ?? null)]),
    };
  };
  return (
    <div class="stack">
      <Panel
        title={rows.length === 0 ? 'Graph' : `Graph of ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, periods of ${wanted.periodS} s`}
        isLoading={loaded.isLoading}
        actions={
          rows.length > 0 && (
            <>
              <Popover icon="copy" kind="quiet" label="Use this graph" text="Use" align="right">
                {(close) => (
                  <Menu
                    onDone={close}
                    items={[
                      { label: 'Add to a dashboard', icon: 'dashboards', onChoose: () => setAdding(true) },
                      { label: 'Copy as widget source', icon: 'copy', onChoose: () => copy(jsonText(widget()), 'Widget') },
                      ...(first === undefined
                        ? []
                        : [
                            {
                              label: `Make an alarm of ${first.name}`,
                              icon: 'alarms' as const,
                              onChoose: () => go('/alarms', { new: 'metric', draft: JSON.stringify(alarmOfRow(first, statistic, period)), region: asText(properties['region']) ?? '' }),
                            },
                          ]),
                      ...expressionAlarms(wanted).map(({ expression, draft, region }) => ({
                        label: `Make an alarm of ${expression}`,
                        icon: 'alarms' as const,
                        onChoose: () => go('/alarms', { new: 'metric', draft: JSON.stringify(draft), region: region ?? '' }),
                      })),
                    ]}
                  />
                )}
              </Popover>
              <ExportMenu
                what="metrics"
                table={table}
                picture={() => (graph.current ? pagePicture(graph.current) : Promise.resolve(null))}
                command={metricCommand(wanted.calls, pageTime.span)}
                call={wanted.calls.map(({ region, queries }) => ({
                  method: 'POST',
                  address: '/api/v1/metrics/data',
                  body: { queries, since: pageTime.span.sinceMs, until: pageTime.span.untilMs, ...(region ? { region } : {}) },
                }))}
              />
            </>
          )
        }
      >
        <div ref={graph} class={`metrics-graph${rows.length === 0 ? ' bare' : ''}`}>
          {rows.length === 0 && <WidgetNote title="Nothing is drawn yet">Choose metrics below; several may share the graph.</WidgetNote>}
          {loaded.problem && <ProblemNotice problem={loaded.problem} />}
          {loaded.answer && rows.length > 0 && <MetricView properties={properties} answer={loaded.answer} time={time} periodS={wanted.periodS} />}
        </div>
        <div class="form-row graph-options" hidden={rows.length === 0}>
          <SelectField label="View" value={viewOf(properties)} options={VIEWS} onChange={(view) => change({ ...properties, view })} />
          <SelectField label="Statistic" value={asText(properties['stat']) ?? 'Average'} options={STATISTICS} onChange={(stat) => change({ ...properties, stat })} />
          <SelectField label="Period (s)" value={String(properties['period'] ?? 300)} options={PERIODS} onChange={(next) => change({ ...properties, period: Number(next) })} />
          <Flag label="Stacked" isSet={asFlag(properties['stacked'])} onChange={(stacked) => change({ ...properties, stacked })} />
        </div>
      </Panel>
      <Panel
        title={
          <Choice
            label="What is below the graph"
            value={shownTab}
            options={[
              { value: 'browse', label: 'Browse' },
              { value: 'rows', label: `Graphed (${rows.length})` },
              { value: 'values', label: 'Values' },
            ]}
            onChange={(next) => set({ tab: next === 'rows' ? undefined : next })}
          />
        }
      >
        {shownTab === 'browse' && (
          <MetricBrowser
            properties={properties}
            region={place.parameters['region']}
            onRegion={(region) => set({ region })}
            onToggle={(metric) => set({ graph: selectionText(isSelected(properties, metric) ? withoutMetric(properties, metric) : withMetric(properties, metric)), tab: 'browse' })}
          />
        )}
        {shownTab === 'rows' && <RowsEditor properties={properties} onChange={change} />}
        {shownTab === 'values' && loaded.answer && loaded.answer.series.length > 0 && <ValueTable label="Values" series={loaded.answer.series} />}
        {shownTab === 'values' && loaded.answer && loaded.answer.series.length === 0 && <WidgetEmpty title="No values" series={loaded.answer.empty} />}
      </Panel>
      {isAdding && <AddToDashboard widget={widget()} onClose={() => setAdding(false)} />}
    </div>
  );
}
