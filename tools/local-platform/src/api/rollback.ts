import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { validateRollback } from '../deployments/rollback.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { presentNewest } from './deployments.js';
import { parseInput } from './input.js';

const rollbackBody = z.strictObject({ deployment_id: z.string(), skip_pin: z.boolean().default(false) });

/** /v2/apps/{app_id}/rollback, and its validate, commit and revert. */
export function rollbackRoutes(server: FastifyInstance, context: ApiContext): void {
  const { operations } = context;

  server.post<AppRoute>('/v2/apps/:app/rollback', async (request) => {
    const app = requireApp(context, request.params.app);
    const { deployment_id: target, skip_pin: skipPin } = parseInput(rollbackBody, request.body);
    return {
      deployment: presentNewest(await operations.rollback(app.id, target, skipPin ?? false), context.secrets),
    };
  });

  server.post<AppRoute>('/v2/apps/:app/rollback/validate', async (request) => {
    const app = requireApp(context, request.params.app);
    return validateRollback(app, parseInput(rollbackBody, request.body).deployment_id);
  });

  server.post<AppRoute>('/v2/apps/:app/rollback/commit', async (request, reply) => {
    await operations.commitRollback(requireApp(context, request.params.app).id);
    return reply.status(200).send();
  });

  server.post<AppRoute>('/v2/apps/:app/rollback/revert', async (request) => {
    const app = await operations.revertRollback(requireApp(context, request.params.app).id);
    return { deployment: presentNewest(app, context.secrets) };
  });
}
