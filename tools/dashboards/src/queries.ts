import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';

/** A query of a panel, or of the markers in all of them. */
export interface PanelQuery {
  panel: string;
  /** PromQL with Grafana's variables. */
  expr: string;
}

/** The queries of all panels of a dashboard, and of its markers. */
export function queriesOf({ panels = [], annotations }: Dashboard): PanelQuery[] {
  const markers = (annotations?.list ?? []).flatMap(({ name: panel, expr }) =>
    expr === undefined ? [] : [{ panel, expr }],
  );
  const drawn = panels.filter(isPanel).flatMap(({ title = '', targets = [] }) =>
    targets.flatMap((target) => {
      const { expr } = target as { expr?: unknown };
      return typeof expr === 'string' ? [{ panel: title, expr }] : [];
    }),
  );
  return [...drawn, ...markers];
}

function isPanel(panel: object): panel is Panel {
  return 'targets' in panel;
}
