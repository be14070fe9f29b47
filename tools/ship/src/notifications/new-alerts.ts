import type { MonitorReport, MonitorRow } from '../monitor/report.js';

/** Finds alerts that are raised in the reports of a monitor, once each time that they are raised. */
export class NewAlerts {
  #known = new Set<string>();

  /** The skills with alerts to notify about now, with these alerts alone. */
  findNew({ skills }: Pick<MonitorReport, 'skills'>): MonitorRow[] {
    const found = skills.flatMap((row) => {
      const alerts = (row.alerts ?? []).filter((alert) => !this.#known.has(keyOf(alert)));
      return alerts.length > 0 ? [{ ...row, alerts }] : [];
    });
    // Only what is raised now: a monitor runs for months.
    this.#known = new Set(skills.flatMap(({ alerts = [] }) => alerts.map(keyOf)));
    return found;
  }
}

/** An alert that ended and is raised again is another one. */
function keyOf({ id, at }: { id: string; at: string }): string {
  return `${id} ${at}`;
}
