import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import type { AppRecord } from '../state/app-record.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { day, parseInput } from './input.js';

const dayQuery = z.object({ date: day.optional() });
const appsBody = z.strictObject({ app_ids: z.array(z.string()).max(100), date: day.optional() });

/** What an app runs and uses: instances, health, bandwidth. */
export function usageRoutes(server: FastifyInstance, context: ApiContext): void {
  const { progression } = context;

  server.get<AppRoute>('/v2/apps/:app/instances', async ({ params }) => {
    const instances = progression.instancesOf(requireApp(context, params.app));
    return {
      instances: instances.map(({ component, kind, name }) => ({
        component_name: component,
        component_type: kind,
        instance_name: name,
        instance_alias: name,
      })),
    };
  });

  server.get<AppRoute>('/v2/apps/:app/health', async ({ params }) => {
    const components = await progression.healthOf(requireApp(context, params.app));
    return {
      app_health: {
        components: components.map((one) => ({
          name: one.component,
          state: one.state,
          cpu_usage_percent: one.cpuPercent,
          memory_usage_percent: one.memoryPercent,
          replicas_desired: one.replicasDesired,
          replicas_ready: one.replicasReady,
        })),
      },
    };
  });

  const bandwidth = async (apps: readonly AppRecord[], date = yesterday()) => {
    const usage = apps.map(async (app) => ({
      app_id: app.id,
      bandwidth_bytes: String((await progression.bandwidthOf(app))[date] ?? 0),
    }));
    return { app_bandwidth_usage: await Promise.all(usage), date: `${date}T00:00:00Z` };
  };

  server.get<AppRoute>('/v2/apps/:app/metrics/bandwidth_daily', async ({ params, query }) => {
    const app = requireApp(context, params.app);
    return bandwidth([app], parseInput(dayQuery, query).date);
  });

  server.post('/v2/apps/metrics/bandwidth_daily', async ({ body }) => {
    const { app_ids: ids, date } = parseInput(appsBody, body);
    return bandwidth(
      ids.map((id) => requireApp(context, id)),
      date,
    );
  });
}

/** The day before today, UTC: the API's default when no day is given. */
function yesterday(): string {
  return new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}
