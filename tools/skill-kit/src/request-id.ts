import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

// The ids that proxies and tracing tools send: UUIDs, hex, base64. Nothing that could forge a log line or a header.
const sane = /^[\w.:+/=-]{1,128}$/;

/** The caller's `x-request-id` if it is valid, else a new UUID. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && sane.test(given) ? given : randomUUID();
}
