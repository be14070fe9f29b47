import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** They speak of one connection, not of the message: RFC 9110 section 7.6.1, and the older ones of RFC 2616. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Answered or written anew by the ingress. node:http has answered `Expect: 100-continue`; undici refuses to send it. */
const OURS = new Set(['expect', 'forwarded']);

/** Names only from this machine: another name that leads here is DNS rebinding. Any port, since that is not checked. */
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\]|[a-z0-9.-]+\.localhost)(?::\d+)?$/i;

export function isLocalHost(host: string | undefined): host is string {
  return host !== undefined && LOCAL_HOST.test(host);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The headers for the service: name, value, name, value, as they came, with what is true of the client in X-Forwarded-*. */
export function requestHeaders(request: IncomingMessage): string[] {
  const { rawHeaders, headers, socket } = request;
  const named = namedByConnection(headers.connection);
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || OURS.has(lower) || lower.startsWith('x-forwarded-') || named?.has(lower))
      continue;
    kept.push(name, rawHeaders[i + 1] as string);
  }
  const host = headers.host ?? '';
  kept.push('x-forwarded-for', socket.remoteAddress ?? '127.0.0.1', 'x-forwarded-proto', 'http');
  kept.push('x-forwarded-host', host);
  return kept;
}

/** The headers for the client, in the form that `writeHead` takes fastest. */
export function responseHeaders(headers: IncomingHttpHeaders): (string | string[])[] {
  const named = namedByConnection(headers.connection);
  const kept: (string | string[])[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || HOP_BY_HOP.has(name) || named?.has(name)) continue;
    kept.push(name, value);
  }
  return kept;
}

function namedByConnection(connection: string | undefined): Set<string> | undefined {
  // By far the most common values, and neither names a header.
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}
