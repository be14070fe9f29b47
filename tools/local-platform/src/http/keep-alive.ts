import type { WebSocket } from 'ws';

export interface Patience {
  /** Between two pings. */
  pingMs: number;
  /** How long a client may leave pings unanswered; long enough for a slow reader, which answers late. */
  deafMs: number;
}

const patience: Patience = { pingMs: 30_000, deafMs: 5 * 60_000 };

/** Pings a client as long as it is connected, and ends the connection of one that does not answer any more. */
export function keepAlive(client: WebSocket, { pingMs, deafMs } = patience): void {
  let heard = performance.now();
  client.on('pong', () => (heard = performance.now()));
  const timer = setInterval(() => {
    if (performance.now() - heard > deafMs) client.terminate();
    else client.ping();
  }, pingMs);
  client.once('close', () => clearInterval(timer));
}
