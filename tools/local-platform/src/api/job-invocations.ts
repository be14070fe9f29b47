import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { findDeployment } from '../deployments/rollback.js';
import { notFound } from '../errors/api-error.js';
import type { AppRecord, DeploymentRecord, Invocation } from '../state/app-record.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { parseInput, repeated } from './input.js';
import { extentQuery, logsOf } from './logs.js';
import { pageOf } from './paging.js';

/** A run of a job, and the deployment that it belongs to. */
interface Run {
  invocation: Invocation;
  deployment: DeploymentRecord;
}

const listQuery = z.object({ job_names: repeated(z.string()), deployment_id: z.string().optional() });
const oneQuery = z.object({ job_name: z.string().optional() });
const logsQuery = extentQuery.extend({
  type: z.literal('JOB_INVOCATION'),
  deployment_id: z.string().optional(),
});

/** /v2/apps/{app_id}/job-invocations, and the logs of one. */
export function jobInvocationRoutes(server: FastifyInstance, context: ApiContext): void {
  const path = '/v2/apps/:app/job-invocations';

  server.get<AppRoute>(path, async ({ params, query }) => {
    const app = requireApp(context, params.app);
    const { job_names: names, deployment_id: deployment } = parseInput(listQuery, query);
    const runs = runsOf(app, deployment).filter(
      ({ invocation }) => names.length === 0 || names.includes(invocation.job),
    );
    const { items, ...rest } = pageOf(runs, query, `${context.url()}/v2/apps/${app.id}/job-invocations`);
    return { job_invocations: items.map(present), ...rest };
  });

  server.get<AppRoute<'invocation'>>(`${path}/:invocation`, async ({ params, query }) => {
    const { job_name: job } = parseInput(oneQuery, query);
    return { job_invocation: present(requireRun(requireApp(context, params.app), params.invocation, job)) };
  });

  server.post<AppRoute<'invocation'>>(`${path}/:invocation/cancel`, async ({ params, query }) => {
    const { job_name: job } = parseInput(oneQuery, query);
    const { invocation, deployment } = requireRun(requireApp(context, params.app), params.invocation, job);
    const app = await context.operations.cancelRun(params.app, deployment.id, invocation.id);
    return { job_invocation: present(requireRun(app, invocation.id, job)) };
  });

  server.get<AppRoute<'job' | 'invocation'>>(
    '/v2/apps/:app/jobs/:job/invocations/:invocation/logs',
    async ({ params, query }) => {
      const app = requireApp(context, params.app);
      const { deployment_id: deployment, ...asked } = parseInput(logsQuery, query);
      const run = requireRun(app, params.invocation, params.job, deployment);
      return logsOf(context, app, run.deployment, { ...asked, type: 'RUN' }, params.job);
    },
  );
}

/** The invocations of one deployment, or of all that are stored; newest first. */
function runsOf(app: AppRecord, deploymentId?: string): Run[] {
  const deployments = deploymentId === undefined ? app.deployments : [findDeployment(app, deploymentId)];
  return deployments.flatMap((deployment) =>
    (deployment.invocations ?? []).toReversed().map((invocation) => ({ invocation, deployment })),
  );
}

function requireRun(app: AppRecord, id: string, job: string | undefined, deploymentId?: string): Run {
  const run = runsOf(app, deploymentId).find(
    ({ invocation }) => invocation.id === id && (job === undefined || invocation.job === job),
  );
  if (run) return run;
  throw notFound(`Invocation ${id}${job === undefined ? '' : ` of job ${job}`} of app "${app.spec.name}"`);
}

/** The document knows the triggers MANUAL and SCHEDULE; a deployment is neither. The time zone is there, as in its example, if the spec has none. */
function present({ invocation, deployment }: Run): Record<string, unknown> {
  const { id, job, phase, createdAt, startedAt, completedAt } = invocation;
  return {
    id,
    job_name: job,
    deployment_id: deployment.id,
    phase,
    trigger: triggerOf({ invocation, deployment }),
    created_at: createdAt,
    ...(startedAt !== undefined && { started_at: startedAt }),
    ...(completedAt !== undefined && { completed_at: completedAt }),
  };
}

function triggerOf({ invocation, deployment }: Run): Record<string, unknown> {
  const job = deployment.spec.jobs?.find(({ name }) => name === invocation.job);
  if (!invocation.scheduled || !job?.schedule) return { type: 'UNKNOWN' };
  return { type: 'SCHEDULE', scheduled: { schedule: { time_zone: 'UTC', ...job.schedule } } };
}
