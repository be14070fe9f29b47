import { redactor } from '@odoobo/app-platform/spec';
import type { FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';
import { findDeployment } from '../deployments/rollback.js';
import { ApiError } from '../errors/api-error.js';
import { pathOf } from '../http/faults.js';
import { logFiles } from '../logs/log-folder.js';
import { readAll } from '../logs/read-log.js';
import { requireApp } from './apps.js';
import type { ApiContext } from './context.js';
import { allComponents, type LogPlace, openAddress } from './log-address.js';
import { secretsOf } from './log-secrets.js';
import { componentNames } from './logs.js';
import { inOrderOfTime, stamped, type StampedLine } from './stamped-log.js';

/**
 * The current log of one component or of all, in lines of `component timestamp text`, in the order of time and without the
 * secrets of its deployment.
 */
export function logContentRoute(server: FastifyInstance, context: ApiContext): void {
  server.get('/logs/:app/:deployment/:component/:type', async (request, reply) => {
    const { place, tailLines } = openAddress(context, pathOf(request.url), request.params, request.query);
    const text = textOf(context, place, tailLines);
    return reply.type('text/plain; charset=utf-8').send(Readable.from(text));
  });

  server.get('/logs/:app/:deployment/:component/:type/live', async () => {
    throw new ApiError(
      426,
      'A live log is a WebSocket: ask for an upgrade of this connection, as with ws:// in place of http://.',
    );
  });
}

/** @throws ApiError 404 when there is no such deployment any more */
function textOf(
  context: ApiContext,
  { app, deployment: id, component, type }: LogPlace,
  tailLines: number | undefined,
): AsyncGenerator<string> {
  const deployment = findDeployment(requireApp(context, app), id);
  const redact = redactor(secretsOf(context, app, deployment));
  const components = component === allComponents ? componentNames(deployment) : [component];
  const logs = components.map((name) => {
    const files = logFiles(context.logs, id, name, type);
    return stamped(name, readAll(files, { tailLines, caps: context.caps }), redact);
  });
  return textsOf(inOrderOfTime(logs), components.length > 1 ? tailLines : undefined);
}

/** @param tailLines of all logs together; undefined: all that was read */
async function* textsOf(
  lines: AsyncIterable<StampedLine>,
  tailLines: number | undefined,
): AsyncGenerator<string> {
  const tail: string[] = [];
  for await (const { text } of lines) {
    if (tailLines === undefined) yield text;
    else if (tail.push(text) > tailLines) tail.shift();
  }
  yield* tail;
}
