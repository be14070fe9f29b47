import { createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from '../api-error.js';
import { isUnderWay } from '../deployments/phases.js';
import { logFile, logTypes } from '../logs/log-folder.js';
import { readLog, readTail } from '../logs/read-log.js';
import { redactor } from '../logs/redact.js';
import { findDeployment } from '../deployments/rollback.js';
import { requireApp } from './apps.js';
import type { ApiContext } from './context.js';
import { equalInConstantTime } from './guards.js';
import { parseInput } from './input.js';

const placeSchema = z.object({
  app: z.string(),
  deployment: z.string(),
  component: z.string(),
  type: z.enum(logTypes),
});
/** Which log. */
type LogPlace = z.infer<typeof placeSchema>;

export const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
export const lineCount = z.coerce.number().int().min(1);

const contentQuery = z.object({
  signature: z.string(),
  follow: flag.default(false),
  tail_lines: lineCount.optional(),
});

/** The address of a log. It needs no token: nobody can guess its signature. */
export function contentAddress(
  context: ApiContext,
  place: LogPlace,
  options: { follow: boolean; tailLines: number | undefined },
): string {
  const path = pathTo(place);
  const address = new URL(`${context.url()}${path}`);
  address.searchParams.set('signature', sign(context, path));
  if (options.follow) address.searchParams.set('follow', 'true');
  if (options.tailLines !== undefined) address.searchParams.set('tail_lines', String(options.tailLines));
  return address.href;
}

/**
 * The log itself, as text, without the secrets of its deployment. With `follow`, what is added later comes as it is
 * written, until the deployment is over or the client leaves.
 */
export function logContentRoute(server: FastifyInstance, context: ApiContext): void {
  server.get('/logs/:app/:deployment/:component/:type', async (request, reply) => {
    const place = parseInput(placeSchema, request.params);
    const query = parseInput(contentQuery, request.query);
    if (!equalInConstantTime(query.signature, sign(context, pathTo(place)))) {
      throw new ApiError(403, 'The signature of this address is wrong. Ask the API for the logs again.');
    }
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    const signal = AbortSignal.any([left.signal, context.closing]);
    return reply.type('text/plain; charset=utf-8').send(Readable.from(lines(context, place, query, signal)));
  });
}

async function* lines(
  context: ApiContext,
  place: LogPlace,
  query: z.infer<typeof contentQuery>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const deployment = findDeployment(requireApp(context, place.app), place.deployment);
  const redact = redactor(context.secrets.open(deployment.spec));
  const file = logFile(context.logs, place.deployment, place.component, place.type);
  if (query.tail_lines !== undefined && !query.follow) {
    yield redact((await readTail(file, query.tail_lines)).join(''));
    return;
  }
  const isOver = () => !mayStillWrite(context, place);
  for await (const line of readLog(file, query.follow ? { signal, isOver } : undefined)) yield redact(line);
}

function mayStillWrite({ store }: ApiContext, place: LogPlace): boolean {
  const app = store.get(place.app);
  const deployment = app?.deployments.find(({ id }) => id === place.deployment);
  return deployment !== undefined && (isUnderWay(deployment) || deployment.phase === 'ACTIVE');
}

function pathTo({ app, deployment, component, type }: LogPlace): string {
  return `/logs/${app}/${deployment}/${component}/${type}`;
}

function sign({ token }: ApiContext, path: string): string {
  return createHmac('sha256', token).update(path).digest('hex');
}
