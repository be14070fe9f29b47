import { ResponseTimes } from '@odoobo/ingress';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { readFile } from 'node:fs/promises';
import { raisedAlertsOf, raisedNow } from '../alerts/raised-alerts.js';
import { requireApp } from '../api/apps.js';
import type { ApiContext, AppRoute } from '../api/context.js';
import { activeDeployment } from '../deployments/phases.js';
import { usageStepMs } from '../deployments/progression.js';
import { ApiError } from '../errors/api-error.js';
import type { AppRecord } from '../state/app-record.js';
import { pageData, pageFiles } from './addresses.js';
import type {
  AlertsAnswer,
  ResponseTimesAnswer,
  Restarts,
  RestartsAnswer,
  UsageAnswer,
  VitalsAnswer,
} from './answers.js';
import { deliveryRoutes } from './delivery.js';
import { FleetTraffic } from './fleet-traffic.js';
import { HealthWatch } from './health-watch.js';
import { historyRoutes } from './history.js';
import { placementRoutes } from './placements.js';
import { rolloutRoutes } from './rollout.js';
import { componentUsages } from './usage-of.js';

/** The same from `src` and from `dist`. */
const bundle = new URL('../../dist/page/public/', import.meta.url);

/** The page at the root, and what it needs besides App Platform's API. */
export function pageRoutes(server: FastifyInstance, context: ApiContext): void {
  const health = new HealthWatch(context);
  const { store, progression } = context;
  const traffic = new FleetTraffic(store, progression);
  historyRoutes(server, context);
  rolloutRoutes(server, context);
  placementRoutes(server, context);
  deliveryRoutes(server, context);

  for (const [path, { name, type }] of pageFiles) {
    server.get(path, async ({ headers }, reply) => {
      return protect(reply, headers.host ?? '')
        .type(type)
        .send(await readPageFile(name));
    });
  }

  server.get(`${pageData}vitals`, async (): Promise<VitalsAnswer> => {
    const latest = health.read();
    const apps = store.list().flatMap((app) => {
      const instances = progression.instancesOf(app).length;
      const checked = latest.get(app.id);
      const restarts = restartsOf(app);
      if (instances === 0 && !checked) return [];
      return [[app.id, { instances, ...(checked && { health: checked }), ...(restarts && { restarts }) }]];
    });
    return { apps: Object.fromEntries(apps) as VitalsAnswer['apps'] };
  });

  server.get(`${pageData}restarts`, async (): Promise<RestartsAnswer> => {
    const apps = store.list().flatMap((app) => {
      const restarts = restartsOf(app);
      return restarts ? [[app.id, restarts]] : [];
    });
    return { apps: Object.fromEntries(apps) as RestartsAnswer['apps'] };
  });

  server.get(`${pageData}alerts`, async (): Promise<AlertsAnswer> => {
    const apps = store.list().flatMap((app) => {
      const raised = raisedNow(app);
      return raised.length > 0 ? [[app.id, raised]] : [];
    });
    return { apps: Object.fromEntries(apps) as AlertsAnswer['apps'] };
  });

  server.get(`${pageData}traffic`, () => traffic.read());

  server.get<AppRoute>(
    `${pageData}apps/:app/response-times`,
    async ({ params }): Promise<ResponseTimesAnswer> => {
      const times = await progression.responseTimesOf(requireApp(context, params.app));
      return times ?? new ResponseTimes().read();
    },
  );

  server.get<AppRoute>(`${pageData}apps/:app/usage`, async ({ params }): Promise<UsageAnswer> => {
    const app = requireApp(context, params.app);
    const components = componentUsages(progression.usageOf(app));
    return { stepMs: usageStepMs, components, alerts: raisedAlertsOf(app) };
  });
}

/** How often components of the live deployment were restarted; undefined when none was. */
function restartsOf(app: AppRecord): Restarts | undefined {
  const all = Object.values(activeDeployment(app)?.restarts ?? {});
  const last = all.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1);
  if (!last) return undefined;
  const { at, cause, component } = last;
  return { count: all.reduce((sum, { count }) => sum + count, 0), at, cause, component };
}

/**
 * Whatever gets into the page, it runs no script but its own, and connects only to this server.
 * @param host of the request, which is one of this server's own names
 */
function protect(reply: FastifyReply, host: string): FastifyReply {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    // The live logs. Not every browser counts WebSockets as 'self'.
    `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return reply.headers({
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  });
}

async function readPageFile(name: string): Promise<Buffer> {
  try {
    return await readFile(new URL(name, bundle));
  } catch (cause) {
    throw new ApiError(500, `The page is not built: ${name} is missing. In the repository: npm run compile`, {
      cause,
    });
  }
}
