import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';

/** A query of a panel. */
export interface PanelQuery {
  panel: string;
  /** PromQL with Grafana's variables. */
  expr: string;
}

/** The queries of all panels of a dashboard. */
export function queriesOf({ panels = [] }: Dashboard): PanelQuery[] {
  return panels.filter(isPanel).flatMap(({ title = '', targets = [] }) =>
    targets.flatMap((target) => {
      const { expr } = target as { expr?: unknown };
      return typeof expr === 'string' ? [{ panel: title, expr }] : [];
    }),
  );
}

function isPanel(panel: object): panel is Panel {
  return 'targets' in panel;
}
