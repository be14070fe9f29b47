import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { alertRoutes } from '../api/alerts.js';
import { appRoutes } from '../api/apps.js';
import { catalogueRoutes } from '../api/catalogue.js';
import { consoleRoutes } from '../api/console.js';
import type { ApiContext } from '../api/context.js';
import { deploymentRoutes } from '../api/deployments.js';
import { eventRoutes } from '../api/events.js';
import { jobInvocationRoutes } from '../api/job-invocations.js';
import { serveLiveLogs } from '../api/live-logs.js';
import { logContentRoute } from '../api/log-content.js';
import { logRoutes } from '../api/logs.js';
import { metricRoutes } from '../api/metrics.js';
import { projectRoutes } from '../api/projects.js';
import { proposeRoute } from '../api/propose.js';
import { rollbackRoutes } from '../api/rollback.js';
import { unsupportedRoutes } from '../api/unsupported.js';
import { usageRoutes } from '../api/usage.js';
import { ApiError, errorBody } from '../errors/api-error.js';
import { acceptBodies, tooLong } from '../http/bodies.js';
import { clientErrorHandler, frameworkErrors } from '../http/error-responses.js';
import { type FaultInjector, injectFaults, pathOf } from '../http/faults.js';
import { checkOrigin, checkToken } from '../http/guards.js';
import { refuseOtherMethods } from '../http/methods.js';
import type { CallCounter } from '../http/rate-limit.js';
import { logRequests } from '../http/request-log.js';
import { metricsPath, metricsRoute } from '../metrics/route.js';
import { isPageFile, pageData } from '../page/addresses.js';
import { pageRoutes } from '../page/routes.js';

export interface ServerOptions {
  context: ApiContext;
  fault: FaultInjector | undefined;
  /** The calls that the token has left. */
  calls: CallCounter;
  /** Where each call is logged, and how a failure of that is reported. */
  requestLog: { file: string; warn: (message: string) => void } | undefined;
  /** Calls wait for it: what an earlier server left is being resumed. */
  ready: Promise<void>;
  /** Called for every request, with `METHOD /path`. */
  onRequest(line: string): void;
  /** Called with an internal error, for the server's log. */
  onError(error: Error): void;
}

/** App Platform's API over HTTP. The caller listens and closes. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { context, fault, requestLog } = options;
  // A client that hangs must not keep a connection for ever, and an open connection must not delay the stop.
  const server = Fastify({
    logger: false,
    forceCloseConnections: true,
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    frameworkErrors,
    clientErrorHandler,
  });
  acceptBodies(server);
  answerErrors(server, options.onError);
  // First, so that refused calls are logged too.
  if (requestLog) logRequests(server, requestLog.file, requestLog.warn);
  guard(server, options);
  if (fault) injectFaults(server, fault, context.closing);

  const routed = refuseOtherMethods(server);
  appRoutes(server, context);
  deploymentRoutes(server, context);
  rollbackRoutes(server, context);
  logRoutes(server, context);
  logContentRoute(server, context);
  eventRoutes(server, context);
  jobInvocationRoutes(server, context);
  alertRoutes(server, context);
  usageRoutes(server, context);
  metricRoutes(server, context);
  proposeRoute(server, context);
  catalogueRoutes(server);
  projectRoutes(server, context);
  consoleRoutes(server, context);
  unsupportedRoutes(server, context);
  pageRoutes(server, context);
  metricsRoute(server, context);
  routed();
  serveLiveLogs(server.server, context, options);
  return server;
}

/** Every call is recorded and carries rate limit headers; only its own clients get further. */
function guard(server: FastifyInstance, { context, calls, ready, onRequest }: ServerOptions): void {
  server.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request.url);
    onRequest(`${request.method} ${path}`);
    void reply.headers(calls.headers());
    // On the page's own origin nothing else, such as a log, may be taken for a page or a script.
    void reply.header('x-content-type-options', 'nosniff');
    checkOrigin(request.headers, (server.server.address() as AddressInfo).port);
    // A log's address carries its own signature, as on App Platform; the page's files are the same for everyone.
    const open = path.startsWith('/logs/') || isPageFile(path);
    if (!open) checkToken(request, context.token);
    // Only calls of the API count.
    if (!open && !path.startsWith(pageData) && path !== metricsPath) checkRate(reply, calls);
    await ready;
  });
}

/** @throws ApiError 429 when the token has no call left */
function checkRate(reply: FastifyReply, calls: CallCounter): void {
  const { refused, headers } = calls.take();
  void reply.headers(headers);
  if (refused) throw new ApiError(429, 'API rate limit exceeded.');
}

function answerErrors(server: FastifyInstance, onError: (error: Error) => void): void {
  server.setNotFoundHandler((request) => {
    throw new ApiError(
      404,
      `${request.method} ${pathOf(request.url)} is not an operation of App Platform's API.`,
    );
  });
  server.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const status = error instanceof ApiError ? error.status : (error.statusCode ?? 500);
    if (status === 500) onError(error);
    // An expected error says what to do, even one of the platform, such as a full disk.
    const foreseen = error instanceof ApiError || status !== 500;
    const said = status === 413 ? tooLong(request) : error.message;
    const message = foreseen ? said : 'The local platform failed; see its server.log.';
    return reply.status(status).send(errorBody(status, message, request.id));
  });
}
