import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SkillError } from './error.js';
import { Turns } from './turns.js';

/** A body of this size and less is read at once. */
const smallBytes = 1024 * 1024;

/**
 * Reads large bodies one after another: as text, as values and as what a skill makes of them, each takes several times its
 * size. A request that waits is not read, so that it costs nothing, and it must still arrive in time.
 */
export function limitLargeBodies(app: FastifyInstance, atOnce: number): void {
  const turns = new Turns(atOnce);
  const ends = new WeakMap<FastifyRequest, () => void>();
  app.addHook('onRequest', (request, reply, done) => {
    if (!isLarge(request)) return done();
    const gone = new AbortController();
    reply.raw.once('close', () => {
      gone.abort(new SkillError(499, 'client_went_away', 'The client disconnected.'));
      ends.get(request)?.();
    });
    turns.take(gone.signal).then(
      (end) => {
        ends.set(request, end);
        done();
      },
      (error: unknown) => done(error as Error),
    );
  });
  // Fastify calls this even where the response has no connection that closes.
  app.addHook('onResponse', (request, _reply, done) => {
    ends.get(request)?.();
    done();
  });
}

/** A body whose length the client does not give may be of any size. */
function isLarge({ headers }: FastifyRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > smallBytes;
}
