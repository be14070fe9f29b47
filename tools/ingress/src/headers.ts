import type { IncomingMessage } from 'node:http';
import type { HeaderLines } from './cors.js';
import { hopByHop, namedByConnection } from './hop-by-hop.js';
import type { Passage } from './steering.js';

/** The ingress of a platform that stands in front: requests come from it alone, under any host name. */
export interface PlatformFront {
  /** The name of this proxy in `Via`. */
  readonly name: string;
}

const noLines: HeaderLines = [];

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
export function requestHead(
  request: IncomingMessage,
  target: string,
  { front }: { front?: PlatformFront | undefined },
  passage: Passage | undefined,
): string {
  let head = `${request.method} ${target} HTTP/1.1\r\n`;
  eachHeader(request, { front }, passage, (name, value) => (head += `${name}: ${value}\r\n`));
  return request.headers['transfer-encoding'] === undefined ? head : `${head}transfer-encoding: chunked\r\n`;
}

/** The headers for the service, as they came, with what is true of the client in X-Forwarded-*. */
export function eachHeader(
  request: IncomingMessage,
  { front }: { front?: PlatformFront | undefined },
  passage: Passage | undefined,
  add: (name: string, value: string) => void,
): void {
  const { rawHeaders, headers, httpVersion } = request;
  const named = namedByConnection(headers.connection);
  // What the platform in front says of the client is known to nobody else.
  const isForwarded = front !== undefined && headers['x-forwarded-for'] !== undefined;
  const lines = passage?.toService ?? noLines;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const lower = name.toLowerCase();
    if (isPassedOn(lower, named, isForwarded) && !hasName(lines, lower))
      add(name, rawHeaders[i + 1] as string);
  }
  for (let i = 0; i + 1 < lines.length; i += 2) add(lines[i] as string, lines[i + 1] as string);
  if (!isForwarded) addForwarded(request, add);
  // RFC 9110 section 7.6.3 asks it of a gateway.
  add('via', `${httpVersion} ${front?.name ?? 'local-platform'}`);
}

function addForwarded(
  { headers, socket }: IncomingMessage,
  add: (name: string, value: string) => void,
): void {
  add('x-forwarded-for', socket.remoteAddress ?? '127.0.0.1');
  add('x-forwarded-proto', 'http');
  add('x-forwarded-host', headers.host ?? '');
}

function isPassedOn(name: string, named: ReadonlySet<string> | undefined, isForwarded: boolean): boolean {
  // Whatever `Connection` names, the service must see the same request as the ingress.
  if (name === 'host' || name === 'content-length') return true;
  if (hopByHop.has(name) || ours.has(name) || named?.has(name)) return false;
  return isForwarded || !name.startsWith('x-forwarded-');
}

function hasName(lines: HeaderLines, name: string): boolean {
  for (let i = 0; i < lines.length; i += 2) if (lines[i] === name) return true;
  return false;
}
