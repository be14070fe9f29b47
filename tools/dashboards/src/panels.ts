import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as Lines } from '@grafana/grafana-foundation-sdk/timeseries';

/** The data source that a reader has chosen above the dashboard. */
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** Columns of Grafana's grid, which has 24. */
const narrow = 6;
const half = 12;
const whole = 24;
/** Rows of the grid. */
const low = 4;
const high = 8;

/** Grafana needs a name for each query of a panel. */
const refIds = 'ABCDEFGH';

/** What a panel shows. */
export interface Shown {
  title: string;
  /** What a reader must know to read it. */
  description?: string;
  /** Grafana's id of a unit: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  unit?: string;
}

/** A PromQL query, and what its series are called. */
export interface Query {
  expr: string;
  /** Such as `{{app}}`. */
  legend?: string;
}

/** One number, as it is now. */
export function number(shown: Shown, expr: string): Builder<Panel> {
  return described(new Stat(), shown).height(low).span(narrow).withTarget(instant(expr));
}

/** Lines over time. */
export function lines(shown: Shown, ...queries: Query[]): Builder<Panel> {
  const panel = described(new Lines(), shown).height(high).span(half).min(0).fillOpacity(8);
  for (const [index, query] of queries.entries()) panel.withTarget(range(query, refIds.charAt(index)));
  return panel;
}

/** A row for each series, as it is now. @param hidden labels that say nothing to a reader */
export function table(shown: Shown, expr: string, hidden: readonly string[] = []): Builder<Panel> {
  const excluded = Object.fromEntries(['Time', 'job', ...hidden].map((label) => [label, true]));
  return described(new Table(), shown)
    .height(high)
    .span(whole)
    .withTarget(instant(expr).format('table' as never))
    .withTransformation({ id: 'organize', options: { excludeByName: excluded } });
}

function described<B extends Stat | Table | Lines>(panel: B, { title, description, unit }: Shown): B {
  panel.title(title).datasource(datasource);
  if (description !== undefined) panel.description(description);
  if (unit !== undefined) panel.unit(unit);
  return panel;
}

function range({ expr, legend }: Query, refId: string): DataqueryBuilder {
  const query = new DataqueryBuilder().refId(refId).expr(expr).range();
  return legend === undefined ? query : query.legendFormat(legend);
}

function instant(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().refId('A').expr(expr).instant();
}
