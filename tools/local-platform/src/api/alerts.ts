import { isLoopback } from '@odoobo/machine/network';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { type Alert, alertsOf } from '../alerts/alerts-of.js';
import { notFound } from '../errors/api-error.js';
import type { AlertDestinations, AppRecord } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { parseInput } from './input.js';

/** Plain HTTP is for receivers on this machine. */
const webhookUrl = z
  .url({ protocol: /^https?$/, abort: true })
  .refine((text) => new URL(text).protocol === 'https:' || isLoopback(new URL(text)), {
    error: 'expected a URL that starts with https://',
  });

/** A given field replaces the stored one; a missing field is emptied. */
const destinationsBody = z.strictObject({
  emails: z.array(z.email()).default([]),
  slack_webhooks: z.array(z.strictObject({ url: webhookUrl, channel: z.string().optional() })).default([]),
});

/** /v2/apps/{app_id}/alerts. */
export function alertRoutes(server: FastifyInstance, context: ApiContext): void {
  const { store, secrets } = context;

  server.get<AppRoute>('/v2/apps/:app/alerts', async ({ params }) => {
    const app = requireApp(context, params.app);
    return { alerts: alertsOf(app).map((alert) => present(alert, app, secrets)) };
  });

  server.post<AppRoute<'alert'>>('/v2/apps/:app/alerts/:alert/destinations', async ({ params, body }) => {
    requireAlert(requireApp(context, params.app), params.alert);
    const { emails, slack_webhooks: webhooks } = parseInput(destinationsBody, body);
    const slackWebhooks = webhooks.map((one) => ({ ...one, url: secrets.encrypt(one.url) }));
    const app = await store.update(params.app, (record) => {
      requireAlert(record, params.alert);
      return withDestinations(record, params.alert, { emails, slackWebhooks });
    });
    if (app === undefined) throw notFound(`App ${params.app}`);
    return { alert: present(requireAlert(app, params.alert), app, secrets) };
  });
}

/** The destinations of alerts that the spec no longer has are forgotten here. */
function withDestinations(app: AppRecord, alert: string, destinations: AlertDestinations): AppRecord {
  const known = new Set(alertsOf(app).map(({ id }) => id));
  const kept = Object.entries(app.alertDestinations ?? {}).filter(([id]) => known.has(id));
  return { ...app, alertDestinations: { ...Object.fromEntries(kept), [alert]: destinations } };
}

function requireAlert(app: AppRecord, id: string): Alert {
  const alert = alertsOf(app).find((one) => one.id === id);
  if (alert === undefined) throw notFound(`Alert ${id} of app "${app.spec.name}"`);
  return alert;
}

function present(alert: Alert, app: AppRecord, secrets: SecretBox): Record<string, unknown> {
  const { emails = [], slackWebhooks = [] } = app.alertDestinations?.[alert.id] ?? {};
  return {
    id: alert.id,
    ...(alert.component !== undefined && { component_name: alert.component }),
    spec: alert.spec,
    emails,
    slack_webhooks: slackWebhooks.map(({ url, channel }) => ({
      url: secrets.decrypt(url) ?? '',
      ...(channel !== undefined && { channel }),
    })),
    phase: 'ACTIVE',
    ...progressOf(app.raisedAlerts?.[alert.id]),
  };
}

/** The official document has no field for an alert that is raised. A step of its progress holds when, until when and why. */
function progressOf(state: NonNullable<AppRecord['raisedAlerts']>[string] | undefined): object {
  if (state === undefined) return {};
  const { raisedAt, endedAt, reason } = state;
  const step = {
    name: 'raised',
    status: endedAt === undefined ? 'RUNNING' : 'SUCCESS',
    started_at: raisedAt,
    ...(endedAt !== undefined && { ended_at: endedAt }),
    reason: { code: 'AlertRaised', message: reason },
  };
  return { progress: { steps: [step] } };
}
