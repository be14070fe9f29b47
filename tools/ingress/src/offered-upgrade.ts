import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Whether a request may upgrade to a WebSocket: not in HTTP/1.0, and not while a body is still to come. */
export function isWebSocket({ method, headers, httpVersion }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const names = headers.upgrade?.toLowerCase().split(',') ?? [];
  const asks = names.some((name) => name.trim() === 'websocket');
  return method === 'GET' && httpVersion === '1.1' && asks && !hasBody;
}

/**
 * The connection as it was before its request, less the Upgrade header: a server may ignore an upgrade it does not
 * know (RFC 9110 section 7.8), and Java's HttpClient offers h2c with any request, body included. node:http has
 * parsed no further than the headers.
 */
export function withoutUpgrade(
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Duplex {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  client.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  return client;
}
