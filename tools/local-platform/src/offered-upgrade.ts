import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * The connection as it was before its request, less the Upgrade header: a server may ignore an upgrade it does not
 * know (RFC 9110 section 7.8), and Java's HttpClient offers h2c with any request, body included. node:http has
 * parsed no further than the headers.
 */
export function withoutUpgrade(
  { method, url, rawHeaders }: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Duplex {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  client.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  return client;
}
