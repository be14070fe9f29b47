import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pathOf } from './faults.js';

/** One line of a request log, as JSON. */
interface LoggedCall {
  /** When it came. */
  at: string;
  method: string;
  /** Without the query. */
  path: string;
  /** Null for a call that was never answered: a dropped connection, or a client that left. */
  status: number | null;
  /** Until its answer was sent. */
  milliseconds: number;
}

/** Appends a line for each call, when it is over, to a file that only its owner can read (0600). */
export function logRequests(server: FastifyInstance, file: string, warn: (message: string) => void): void {
  const out = createWriteStream(file, { flags: 'a', mode: 0o600 });
  let failed = false;
  out.on('error', (error) => {
    failed = true;
    warn(`The request log ${file} cannot be written, so calls are no longer logged: ${error.message}`);
  });
  server.addHook('onRequest', async (request, reply) => {
    const start = performance.now();
    const at = new Date().toISOString();
    reply.raw.once('close', () => {
      const call: LoggedCall = {
        at,
        method: request.method,
        path: pathOf(request.url),
        status: reply.raw.writableFinished ? reply.raw.statusCode : null,
        milliseconds: Math.round(performance.now() - start),
      };
      if (!failed) out.write(`${JSON.stringify(call)}\n`);
    });
  });
  server.addHook('onClose', async () => {
    if (failed) return;
    out.end();
    await once(out, 'close').catch(() => undefined);
  });
}
