import type { FastifyInstance } from 'fastify';
import { ApiError } from '../api-error.js';

/** Operations of App Platform's API that the local platform does not do yet. */
const operations = [
  ['POST', '/v2/apps/propose'],
  ['POST', '/v2/apps/metrics/bandwidth_daily'],
  ['POST', '/v2/apps/:app/restart'],
  ['GET', '/v2/apps/:app/instances'],
  ['GET', '/v2/apps/:app/health'],
  ['GET', '/v2/apps/:app/metrics/bandwidth_daily'],
  ['GET', '/v2/apps/:app/components/:component/exec'],
  ['GET', '/v2/apps/:app/deployments/:deployment/components/:component/exec'],
  ['GET', '/v2/apps/:app/alerts'],
  ['POST', '/v2/apps/:app/alerts/:alert/destinations'],
  ['GET', '/v2/apps/:app/events'],
  ['GET', '/v2/apps/:app/events/:event'],
  ['POST', '/v2/apps/:app/events/:event/cancel'],
  ['GET', '/v2/apps/:app/events/:event/logs'],
  ['GET', '/v2/apps/:app/job-invocations'],
  ['GET', '/v2/apps/:app/job-invocations/:invocation'],
  ['POST', '/v2/apps/:app/job-invocations/:invocation/cancel'],
  ['GET', '/v2/apps/:app/jobs/:job/invocations/:invocation/logs'],
] as const;

/** Answers 501 with a sentence, so that nobody takes a gap of this server for an error of theirs. */
export function notImplementedRoutes(server: FastifyInstance): void {
  for (const [method, url] of operations) {
    const handler = () => {
      throw new ApiError(
        501,
        `${method} ${url} is part of App Platform, but the local platform does not do it yet.`,
      );
    };
    server.route({ method, url, handler });
  }
}
