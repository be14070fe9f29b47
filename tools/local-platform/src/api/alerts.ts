import type { AppSpec } from '@odoobo/app-platform/spec';
import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { componentsOf } from '../deployments/components.js';
import { notFound } from '../errors/api-error.js';
import type { AlertDestinations, AppRecord } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { parseInput } from './input.js';

type AlertSpec = NonNullable<AppSpec['alerts']>[number];
interface Alert {
  id: string;
  component?: string;
  spec: AlertSpec;
}

/** A given field replaces the stored one; a missing field is emptied. */
const destinationsBody = z.strictObject({
  emails: z.array(z.email()).default([]),
  slack_webhooks: z
    .array(z.strictObject({ url: z.url({ protocol: /^https$/ }), channel: z.string().optional() }))
    .default([]),
});

/** /v2/apps/{app_id}/alerts. Alerts are stored and shown; the local platform raises none. */
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

/** The alerts of the app, then those of each component. */
function alertsOf({ id, spec }: AppRecord): Alert[] {
  return [
    ...withIds(id, undefined, spec.alerts ?? []),
    ...componentsOf(spec).flatMap((one) => withIds(id, one.spec.name, one.spec.alerts ?? [])),
  ];
}

/**
 * The id of an alert follows from its app, component and rule (and, of several with one rule, its place among them): it
 * stays when a threshold changes or another alert comes or goes.
 */
function withIds(app: string, component: string | undefined, alerts: readonly AlertSpec[]): Alert[] {
  return alerts.map((spec, index) => {
    const nth = alerts.slice(0, index).filter(({ rule }) => rule === spec.rule).length;
    const id = uuidOf([app, component ?? '', spec.rule, String(nth)]);
    return { id, ...(component !== undefined && { component }), spec };
  });
}

/** A UUID of version 8 (RFC 9562: its bits are the maker's own) from a hash of the parts. */
function uuidOf(parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
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
  };
}
