import type { Telemetry } from '@odoobo/telemetry';
import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { SkillManifest } from './skill.js';

const asking = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
];

const markSchema = z.object({ write: z.string() });

/** What a server needs of telemetry. */
export type RequestTracer = Pick<Telemetry, 'begin'>;

/**
 * Starts telemetry if the environment names an endpoint; otherwise nothing of it is loaded. A skill serves without it rather than
 * not at all.
 * @param warn gets a line when telemetry cannot be started or exported
 */
export async function startTelemetry(
  { id, version }: SkillManifest,
  env: NodeJS.ProcessEnv,
  warn: (message: string) => void,
): Promise<Telemetry | undefined> {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || !asking.some((name) => env[name]))
    return undefined;
  try {
    const { startTelemetry: start } = await import('@odoobo/telemetry');
    return start({ name: id, version, attributes: attributesOf(env), warn }, env);
  } catch (error) {
    warn(`Telemetry is off. ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** The rest is in OTEL_RESOURCE_ATTRIBUTES, which `deploy` sets. */
function attributesOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const digest = env['SKILL_DIGEST'];
  const write = writeOf(env['SKILLS_MARK']);
  return { ...(digest && { 'oci.manifest.digest': digest }), ...(write && { 'deployment.id': write }) };
}

/** The write that has started the deployment, from the mark that `deploy` leaves in the app. */
function writeOf(mark: string | undefined): string | undefined {
  try {
    return markSchema.safeParse(JSON.parse(mark ?? '')).data?.write;
  } catch {
    return undefined;
  }
}

const spanKey = Symbol('span');

type Span = ReturnType<RequestTracer['begin']>;

/** The logger of a request has its span: whatever logs, and whatever answers the request, has this logger. */
interface TracedLog {
  [spanKey]?: Span;
}

/**
 * Gives each request a span. Probes of the health check are left out unless their caller is traced: they come every few seconds, for
 * ever.
 */
export function traceRequests(app: FastifyInstance, tracer: RequestTracer): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isProbe(request.raw)) (request.log as TracedLog)[spanKey] = tracer.begin(request.raw);
    done();
  });
}

/** The span of the request that a logger is of; undefined where telemetry is off. */
export function spanOf(log: object): Span | undefined {
  return (log as TracedLog)[spanKey];
}

/** An option of pino: the ids of the span in each line of a request. They are written when there is a line, and not for each request. */
export function idsOfSpan(_line: object, _level: number, log: object): object {
  return { ...spanOf(log)?.ids };
}

function isProbe({ url, headers }: IncomingMessage): boolean {
  return url === '/health' && headers['traceparent'] === undefined;
}
