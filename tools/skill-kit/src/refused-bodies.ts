import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';

/** What is read of a body that nobody wants, and for how long. A client that pauses longer than `idleMs` waits for its answer. */
const mostBytes = 64 * 1024 * 1024;
const mostMs = 5_000;
const idleMs = 250;

/**
 * Reads and drops the rest of a body before its request is refused. If the connection were closed while the client still
 * sends, the client would see a reset instead of the answer that tells what is wrong.
 */
export function dropRefusedBodies(app: FastifyInstance): void {
  app.addHook('onSend', ({ raw, headers }, _reply, payload, done) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody && !raw.complete && !raw.readableEnded && !raw.destroyed)
      drop(raw, () => done(null, payload));
    else done(null, payload);
  });
}

function drop(body: IncomingMessage, andThen: () => void): void {
  let bytes = 0;
  let isOver = false;
  const late = setTimeout(done, mostMs);
  const idle = setTimeout(done, idleMs);
  function done() {
    if (isOver) return;
    isOver = true;
    clearTimeout(late);
    clearTimeout(idle);
    andThen();
  }
  body.on('data', (chunk: Buffer) => {
    idle.refresh();
    bytes += chunk.length;
    if (bytes > mostBytes) done();
  });
  body.once('end', done).once('close', done);
}
