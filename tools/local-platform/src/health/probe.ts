import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { withDeadline } from '../deadline.js';

export interface ProbeTarget {
  port: number;
  /** Without a path the probe is a TCP connection. */
  path?: string;
}

/** One probe of 127.0.0.1. Resolves to undefined when it passed, else to what went wrong, in words. */
export async function probe(
  target: ProbeTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await withDeadline(timeoutMs, signal, async (deadline) => {
      const done = target.path === undefined ? probeTcp(target.port, deadline) : probeHttp(target, deadline);
      // A response that is cut tells that it was, not by what.
      return done.catch((error: unknown) => Promise.reject(deadline.reason ?? error));
    });
  } catch (error) {
    signal.throwIfAborted();
    return describe(error as NodeJS.ErrnoException, target, timeoutMs);
  }
}

async function probeTcp(port: number, signal: AbortSignal): Promise<undefined> {
  const socket = connect({ host: '127.0.0.1', port, signal });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** Passes from 200 to 399, like Kubernetes' httpGet probe; a redirect is not followed. */
async function probeHttp(
  { port, path = '/' }: ProbeTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  // A connection of its own for each probe: one kept alive would tell nothing of new ones.
  const request = get({ host: '127.0.0.1', port, path, signal, agent: false });
  const [response] = await once(request, 'response');
  // Read to the end, so that the service sees no broken connection.
  await once(response.resume(), 'end');
  const { statusCode } = response;
  if (statusCode < 200 || statusCode > 399)
    return `GET ${path} on port ${port} answered ${statusCode}, not 200 to 399`;
}

function describe(error: NodeJS.ErrnoException, { port, path }: ProbeTarget, timeoutMs: number): string {
  const what = path === undefined ? `a connection to port ${port}` : `GET ${path} on port ${port}`;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `${what} got no answer in ${timeoutMs / 1000} s`;
  }
  if (error.code === 'ECONNREFUSED') {
    return `nothing listens on 127.0.0.1:${port} (the service must listen there, on the port in its variable PORT)`;
  }
  return `${what} failed: ${error.message}`;
}
