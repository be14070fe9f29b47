import { once } from 'node:events';
import { createServer, isIPv4 } from 'node:net';

/** Below the ports that Linux (32768) and macOS (49152) use for outgoing connections, so no connection occupies them. */
const first = 20_000;
const count = 10_000;

/**
 * A port of 127.0.0.1 that nothing listens on and that is not in `taken`. The search starts at a random port, so two
 * servers that search at the same moment seldom collide.
 * @throws Error when all 10,000 are in use.
 */
export async function freePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  const start = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step++) {
    const port = first + ((start + step) % count);
    if (!taken.has(port) && (await canListen(port))) return port;
  }
  throw new Error(
    `No free port from ${first} to ${first + count - 1} on 127.0.0.1. Stop something that listens there.`,
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

/** Whether a URL points to this machine: `localhost`, `::1` or any address of 127.0.0.0/8. */
export function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '[::1]'].includes(hostname) || (isIPv4(hostname) && hostname.startsWith('127.'));
}

/**
 * POSTs JSON to a webhook, once. Its URL is a secret, so no error names it.
 * @returns the status, and after how long the receiver wants to be tried again, as it says it
 * @throws why the receiver cannot be reached; or the signal's reason
 */
export async function postToWebhook(
  url: URL,
  payload: object,
  signal: AbortSignal,
): Promise<{ status: number; retryAfter: string | null }> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
    // A redirect would send the notice to a host that no one configured.
    redirect: 'manual',
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Error(reasonOf(error));
  });
  // The reply is not shown: it may repeat the URL.
  await reply.body?.cancel();
  return { status: reply.status, retryAfter: reply.headers.get('retry-after') };
}

/** Such as `ECONNREFUSED`; the message of an error may hold the URL. */
function reasonOf(error: unknown): string {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'it cannot be reached';
}
