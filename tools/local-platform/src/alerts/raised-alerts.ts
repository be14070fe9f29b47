import type { RaisedAlert } from '../page/answers.js';
import type { AppRecord } from '../state/app-record.js';
import { type Alert, alertsOf } from './alerts-of.js';
import { isOver } from './deployment-alert.js';

/** The alerts of an app that were raised, ended ones too; the latest last. */
export function raisedAlertsOf(app: AppRecord): RaisedAlert[] {
  return alertsOf(app)
    .flatMap((alert) => raisedOf(app, alert) ?? [])
    .sort((a, b) => a.at.localeCompare(b.at));
}

/** The alerts that are raised now. What only happened, such as a domain that is served, is none: it ends at once. */
export function raisedNow(app: AppRecord): RaisedAlert[] {
  const lasting = alertsOf(app).filter(
    ({ component, spec }) => component !== undefined || !isOver(spec.rule, app),
  );
  return lasting
    .flatMap((alert) => raisedOf(app, alert) ?? [])
    .filter(({ endedAt }) => endedAt === undefined);
}

function raisedOf(app: AppRecord, { id, component, spec }: Alert): RaisedAlert | undefined {
  const state = app.raisedAlerts?.[id];
  if (!state) return undefined;
  const { reason, raisedAt: at, endedAt } = state;
  const of = { ...(component !== undefined && { component }), reason, at };
  return { id, rule: spec.rule, ...of, ...(endedAt !== undefined && { endedAt }) };
}
