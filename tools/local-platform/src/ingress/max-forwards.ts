import type { IncomingMessage, ServerResponse } from 'node:http';

/** Headers about the sender that the answer should not show. */
const sensitive = new Set(['authorization', 'cookie', 'proxy-authorization']);

const counted = new Set(['OPTIONS', 'TRACE']);

/**
 * Whether a request must not be passed on because it asks the ingress itself for an answer; else reduces its hops by one.
 * RFC 9110 section 7.6.2.
 */
export function endsHere(request: IncomingMessage): boolean {
  if (!counted.has(request.method ?? '')) return false;
  if (request.url === '*') return true;
  const { rawHeaders } = request;
  const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'max-forwards');
  const value = rawHeaders[index + 1] ?? '';
  if (index === -1 || !/^\d{1,9}$/.test(value)) return false;
  if (Number(value) === 0) return true;
  rawHeaders[index + 1] = String(Number(value) - 1);
  return false;
}

/** Answers as the server that a request was meant for: OPTIONS with nothing, TRACE with the request. */
export function answerHere(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'TRACE') return void response.writeHead(200, { 'content-length': '0' }).end();
  const body = Buffer.from(traceOf(request), 'latin1');
  response
    .writeHead(200, { 'content-type': 'message/http', 'content-length': String(body.length) })
    .end(body);
}

/** RFC 9110 section 9.3.8. */
function traceOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!sensitive.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[i + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
