import {
  fastify,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { performance } from 'node:perf_hooks';
import { answerBrokenRequest, answerErrors, pathOf, sendError } from './answer-errors.js';
import { docsPage } from './docs-page.js';
import { SkillError } from './error.js';
import { type CallContext, invokerOf } from './invoke.js';
import { acceptOnlyJson } from './json.js';
import { limitLargeBodies } from './large-bodies.js';
import { openApiDocument } from './openapi.js';
import { addProfileRoute, profilePath } from './profile/profile-route.js';
import { dropRefusedBodies } from './refused-bodies.js';
import { requestIdOf } from './request-id.js';
import type { Skill, SkillManifest } from './skill.js';
import { idsOfSpan, type RequestTracer, spanOf, traceRequests } from './telemetry.js';

export interface SkillServerOptions {
  /** Read for LOG_LEVEL (default `info`), SKILL_DIGEST and PROFILE_SECRET. Default: the process's own. */
  env?: NodeJS.ProcessEnv;
  /** Where log lines go. Default: stdout. */
  logStream?: { write(line: string): void };
  /** Longest time for a whole request to arrive, in milliseconds. Default 30,000. */
  requestTimeoutMs?: number;
  /** Gets each request. Default: none. */
  tracer?: RequestTracer;
}

/**
 * The routes have no schemas for Fastify: zod checks input and output. With these, Fastify does not load its own compilers, Ajv and
 * fast-json-stringify, which made each start a tenth slower.
 */
const noSchemas = { buildValidator: compileSchema, buildSerializer: compileSchema };

function compileSchema(): never {
  throw new Error('A route has a schema for Fastify. Check its input and output with zod.');
}

/** The server of a skill: `listen`, `close`, and `inject` for tests. */
export type SkillServer = FastifyInstance;

const methods = {
  '/health': 'GET, HEAD',
  '/invoke': 'POST',
  '/docs': 'GET, HEAD',
  '/openapi.json': 'GET, HEAD',
};

/** Makes the server of a skill; it does not listen yet. @throws Error when LOG_LEVEL is not a level of pino, or PROFILE_SECRET is too short */
export function createSkillServer(
  manifest: SkillManifest,
  skill: Skill,
  options: SkillServerOptions = {},
): SkillServer {
  const { env = process.env, requestTimeoutMs = 30_000 } = options;
  const app = fastify({
    logger: loggerOptions(manifest, env, options),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestIdOf,
    bodyLimit: skill.bodyLimit ?? 1024 * 1024,
    requestTimeout: requestTimeoutMs,
    http: {
      // node uses the larger of the two for both limits, and its own default for headers is 60 s.
      headersTimeout: requestTimeoutMs,
      // How often node checks; its default of 30 s would double a limit of 30 s.
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
    },
    schemaController: { compilersFactory: noSchemas },
    // An accepted request is answered, even while the server closes.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: sendError,
  }) as FastifyInstance;
  if (options.tracer) traceRequests(app, options.tracer);
  if (skill.largeBodiesAtOnce) limitLargeBodies(app, skill.largeBodiesAtOnce);
  acceptOnlyJson(app);
  const { PROFILE_SECRET: secret, SKILL_DIGEST: digest } = env;
  answerErrors(app, secret ? { ...methods, [profilePath]: 'POST' } : methods);
  dropRefusedBodies(app);
  addHeaders(app);
  addLogLine(app);
  addRoutes(app, manifest, skill, digest);
  addProfileRoute(app, secret);
  return app;
}

function addRoutes(
  app: FastifyInstance,
  manifest: SkillManifest,
  skill: Skill,
  digest: string | undefined,
): void {
  const { id, version } = manifest;
  const started = performance.now();
  app.get('/health', { logLevel: 'warn' }, () => ({
    status: 'healthy',
    skill: id,
    version,
    ...(digest && { digest }),
    uptime_seconds: Math.round(performance.now() - started) / 1000,
  }));
  const invoke = invokerOf(skill);
  app.post('/invoke', (request, reply) => {
    const start = performance.now();
    const { id: requestId, log, body } = request;
    const context = { requestId, log, whenGone: whenGone(reply), afterResponse: afterResponse(reply) };
    const run = () =>
      invoke(body, context, {
        answer: (output) => {
          const duration_ms = Math.round((performance.now() - start) * 10) / 10;
          const metadata = { skill: id, version, request_id: requestId, duration_ms };
          reply.send({ output, metadata });
        },
        fail: (error) => sendError(error, request, reply),
      });
    const span = spanOf(log);
    if (span) span.run(run);
    else run();
  });
  app.get('/openapi.json', () => openApiDocument(manifest, skill));
  app.get('/docs', (request, reply) => {
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    return reply.type('text/html; charset=utf-8').send(docsPage(manifest, skill, baseUrl(request)));
  });
}

/** Fastify's `request.signal` waits for the request to close, which has already happened when a handler reads it: the body is read. */
function whenGone({ raw }: FastifyReply): CallContext['whenGone'] {
  return (leave) => {
    const left = () => {
      if (!raw.writableEnded) leave(new SkillError(499, 'client_went_away', 'The client disconnected.'));
    };
    if (raw.destroyed) left();
    else raw.on('close', left);
  };
}

function afterResponse({ raw }: FastifyReply): (work: () => void) => void {
  return (work) => {
    let done = false;
    const once = () => {
      if (!done) work();
      done = true;
    };
    if (raw.destroyed) once();
    else raw.once('finish', once).once('close', once);
  };
}

/** The address that the reader used; behind a platform's ingress, TLS ends before the skill. */
function baseUrl(request: FastifyRequest): string {
  const scheme = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return `${scheme}://${request.host}`;
}

function addHeaders(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    // Otherwise a keep-alive connection would delay the shutdown until its idle timeout.
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}

/** One line per request: no body, no header, no query. 499 is nginx's status for a client that did not wait. */
function addLogLine(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    // Fastify does not call onResponse when the client disconnects.
    reply.raw.on('close', () => {
      const { log } = request;
      const status = reply.raw.writableEnded ? reply.statusCode : 499;
      const line = {
        method: request.method,
        path: pathOf(request.url),
        status,
        duration_ms: Math.round(reply.elapsedTime * 10) / 10,
      };
      log.info(line, 'request');
      spanOf(log)?.end({ status, route: request.routeOptions.url });
    });
    done();
  });
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Options of the pino logger inside Fastify: JSON lines with the level's name and an ISO time.
 * @throws Error when LOG_LEVEL is not a level of pino
 */
function loggerOptions(
  manifest: SkillManifest,
  env: NodeJS.ProcessEnv,
  { logStream, tracer }: SkillServerOptions,
) {
  const level = env['LOG_LEVEL'] || 'info';
  if (!levels.includes(level)) {
    throw new Error(`LOG_LEVEL is "${level}", which is not a level. Set one of: ${levels.join(', ')}.`);
  }
  return {
    level,
    base: { skill: manifest.id, version: manifest.version },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    ...(tracer && { mixin: idsOfSpan }),
    ...(logStream && { stream: logStream }),
  };
}
