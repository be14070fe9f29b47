import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import type { UsagePoint } from '../deployments/progression.js';
import { requireApp } from './apps.js';
import type { ApiContext } from './context.js';
import { parseInput } from './input.js';

/** UNIX time in seconds. */
const second = z.coerce.number().min(0);

const metricQuery = z.object({
  app_id: z.string(),
  app_component: z.string().optional(),
  start: second,
  end: second,
});

const metrics: Record<string, (point: UsagePoint) => number | null> = {
  cpu_percentage: ({ cpuPercent }) => cpuPercent,
  memory_percentage: ({ memoryPercent }) => memoryPercent,
  restart_count: ({ restarts }) => restarts,
};

/** What apps used over time: the part of the monitoring API that is about apps, for as long as the platform remembers. */
export function metricRoutes(server: FastifyInstance, context: ApiContext): void {
  for (const [name, valueOf] of Object.entries(metrics)) {
    server.get(`/v2/monitoring/metrics/apps/${name}`, async ({ query }) => {
      const { app_id: id, app_component: component, start, end } = parseInput(metricQuery, query);
      const instances = context.progression.usageOf(requireApp(context, id));
      const result = instances
        .filter((one) => component === undefined || one.component === component)
        .map((one) => ({
          metric: { app_component: one.component, app_component_instance: one.instance, app_uuid: id },
          values: one.points.flatMap((point) => {
            const [at, value] = [Math.floor(point.at / 1000), valueOf(point)];
            return value !== null && at >= start && at <= end ? [[at, String(value)]] : [];
          }),
        }));
      return { status: 'success', data: { resultType: 'matrix', result } };
    });
  }
}
