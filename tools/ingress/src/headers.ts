import type { IncomingMessage } from 'node:http';
import { hopByHop, namedByConnection } from './hop-by-hop.js';

/** Answered or written again by the ingress: node:http has answered `Expect: 100-continue`. */
const ours = new Set(['expect', 'forwarded']);

/** Names only from this machine: another name that leads here is DNS rebinding. Any port, since that is not checked. */
const localHost = /^(?:localhost|127\.0\.0\.1|\[::1\]|[a-z0-9.-]+\.localhost)(?::\d+)?$/i;

export function isLocalHost(host: string | undefined): host is string {
  return host !== undefined && localHost.test(host);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * The head of a request to a service, up to its last header, each line with its CR LF. node:http has refused what could
 * end a line or a request early.
 * @param target path and query
 */
export function requestHead(request: IncomingMessage, target: string): string {
  let head = `${request.method} ${target} HTTP/1.1\r\n`;
  eachHeader(request, (name, value) => (head += `${name}: ${value}\r\n`));
  return request.headers['transfer-encoding'] === undefined ? head : `${head}transfer-encoding: chunked\r\n`;
}

/** The headers for the service, as they came, with what is true of the client in X-Forwarded-*. */
export function eachHeader(request: IncomingMessage, add: (name: string, value: string) => void): void {
  const { rawHeaders, headers, httpVersion, socket } = request;
  const named = namedByConnection(headers.connection);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (isPassedOn(name.toLowerCase(), named)) add(name, rawHeaders[i + 1] as string);
  }
  add('x-forwarded-for', socket.remoteAddress ?? '127.0.0.1');
  add('x-forwarded-proto', 'http');
  add('x-forwarded-host', headers.host ?? '');
  // RFC 9110 section 7.6.3 asks it of a gateway.
  add('via', `${httpVersion} local-platform`);
}

function isPassedOn(name: string, named: ReadonlySet<string> | undefined): boolean {
  // Whatever `Connection` names, the service must see the same request as the ingress.
  if (name === 'host' || name === 'content-length') return true;
  return !hopByHop.has(name) && !ours.has(name) && !name.startsWith('x-forwarded-') && !named?.has(name);
}
