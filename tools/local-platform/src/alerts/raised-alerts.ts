import type { RaisedAlert } from '../page/answers.js';
import type { AppRecord } from '../state/app-record.js';
import { alertsOf } from './alerts-of.js';

/** The alerts of an app that were raised, ended ones too; the latest last. */
export function raisedAlertsOf(app: AppRecord): RaisedAlert[] {
  const raised = alertsOf(app).flatMap(({ id, component, spec }): RaisedAlert[] => {
    const state = app.raisedAlerts?.[id];
    if (!state) return [];
    const { reason, raisedAt: at, endedAt } = state;
    const of = { ...(component !== undefined && { component }), reason, at };
    return [{ id, rule: spec.rule, ...of, ...(endedAt !== undefined && { endedAt }) }];
  });
  return raised.sort((a, b) => a.at.localeCompare(b.at));
}
