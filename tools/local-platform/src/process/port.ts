import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that Linux (32768) and macOS (49152) give to outgoing connections, so none of those takes it. */
const FIRST = 20_000;
const COUNT = 10_000;

/**
 * A port of 127.0.0.1 that nothing listens on and that is not in `taken`. The search starts anywhere, so two
 * servers that look at the same moment seldom meet.
 * @throws Error when all 10,000 are in use.
 */
export async function freePort(taken: ReadonlySet<number>): Promise<number> {
  const start = Math.floor(Math.random() * COUNT);
  for (let step = 0; step < COUNT; step++) {
    const port = FIRST + ((start + step) % COUNT);
    if (!taken.has(port) && (await canListen(port))) return port;
  }
  throw new Error(
    `No free port from ${FIRST} to ${FIRST + COUNT - 1} on 127.0.0.1. Stop something that listens there.`,
  );
}

/** Whether nothing listens on a port of 127.0.0.1. */
export async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') return false;
    throw error;
  } finally {
    server.close();
  }
}
