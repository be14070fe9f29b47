import { DeadlineError, withDeadline } from '@odoobo/machine/time';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

/** Bytes of an answer that are kept. */
const longestBody = 64 * 1024;

export interface ProbeTarget {
  port: number;
  /** Without a path the probe is a TCP connection. */
  path?: string;
  /** The path is asked for by HTTP/2 without TLS. */
  http2?: boolean;
  /** Called with the body of an answer, unless it is too long to be a health report. */
  onBody?: (body: string) => void;
}

/** One probe of 127.0.0.1. Resolves to undefined when it passed, else to a description of the problem. */
export async function probe(
  target: ProbeTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await withDeadline(timeoutMs, signal, async (deadline) => {
      const done = target.path === undefined ? probeTcp(target.port, deadline) : probePath(target, deadline);
      // The error of a cut response does not name the cause.
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
async function probePath(target: ProbeTarget, signal: AbortSignal): Promise<string | undefined> {
  const { port, path = '/', onBody, http2 } = target;
  // Each probe uses its own connection: a kept-alive one would not show whether new ones are accepted.
  const { status, body } = await (http2 ? getByHttp2 : getByHttp1)(port, path, signal);
  if (body !== undefined) onBody?.(body);
  if (status < 200 || status > 399) return `GET ${path} on port ${port} answered ${status}, not 200 to 399`;
}

interface ProbeAnswer {
  status: number;
  body: string | undefined;
}

async function getByHttp1(port: number, path: string, signal: AbortSignal): Promise<ProbeAnswer> {
  const request = get({ host: '127.0.0.1', port, path, signal, agent: false });
  const [response] = await once(request, 'response');
  return { status: response.statusCode, body: await readBody(response) };
}

async function getByHttp2(port: number, path: string, signal: AbortSignal): Promise<ProbeAnswer> {
  // Its stream fails with it.
  const session = connectHttp2(`http://127.0.0.1:${port}`).on('error', () => undefined);
  try {
    const stream = session.request({ ':path': path }, { signal }).on('error', () => undefined);
    const [headers] = await once(stream, 'response', { signal });
    return { status: Number(headers[':status']), body: await readBody(stream) };
  } finally {
    session.destroy();
  }
}

/** Read to the end, so that the service sees no broken connection. @returns undefined for one that is too long */
async function readBody(response: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (length <= longestBody) chunks.push(chunk);
  }
  return length <= longestBody ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function describe(error: NodeJS.ErrnoException, { port, path }: ProbeTarget, timeoutMs: number): string {
  const what = path === undefined ? `a connection to port ${port}` : `GET ${path} on port ${port}`;
  if (error.name === 'AbortError' || error instanceof DeadlineError) {
    return `${what} got no answer in ${timeoutMs / 1000} s`;
  }
  if (error.code === 'ECONNREFUSED') {
    return `nothing listens on 127.0.0.1:${port} (the service must listen there, on the port in its variable PORT)`;
  }
  const isOther = error.code?.startsWith('ERR_HTTP2') === true;
  return `${what} failed: ${error.message}${isOther ? ' (protocol: HTTP2 asks for HTTP/2 without TLS, h2c)' : ''}`;
}
