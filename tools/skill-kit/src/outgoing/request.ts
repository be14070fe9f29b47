import * as http from 'node:http';
import * as https from 'node:https';
import { SkillError } from '../error.js';
import { guardedLookup, type Reach, refuseForbiddenLiteral } from './address.js';

const largeBytes = 1024 * 1024;

export interface GuardedRequest {
  /** Which addresses a call to this URL may reach; called again for each redirect. May throw to refuse it. */
  reachOf: (url: URL) => Reach;
  /** Ends the call; required, since a server can stay silent for ever. */
  signal: AbortSignal;
  /** Largest answer, in bytes. */
  maxBytes: number;
  /** Called before more than 1 MiB of an answer is read, to wait for a turn: a large answer costs several times its size. */
  beforeLarge?: () => Promise<void>;
  /** How many redirects of a GET are followed; default 0: then a redirect is returned like any other answer. */
  maxRedirects?: number;
  /** Also sent to the targets of redirects: no credentials together with `maxRedirects`. */
  headers?: Record<string, string>;
  /** Sent by POST. Without it the call is a GET. */
  body?: string;
  /** For several calls over one connection. Without it each call opens its own. */
  agent?: http.Agent;
}

export interface GuardedAnswer {
  /** The URL that it finally came from. */
  url: URL;
  status: number;
  headers: http.IncomingHttpHeaders;
  bytes: Buffer;
  /** The bytes as UTF-8. */
  readonly text: string;
}

/**
 * Calls a URL that someone else has chosen: it connects only to addresses within its reach, redirects included. Any
 * status is an answer.
 * @throws SkillError 403 for a forbidden address, 502 when there is no answer or too much of it; what `signal` aborts
 * with, or 504 where that is not a SkillError
 */
export async function requestGuarded(url: URL, request: GuardedRequest): Promise<GuardedAnswer> {
  // A body is only for its original recipient.
  const maxRedirects = request.body === undefined ? (request.maxRedirects ?? 0) : 0;
  let answer = await requestOnce(url, request);
  for (let redirects = 0; maxRedirects > 0; redirects++) {
    const next = redirectOf(answer);
    if (!next) break;
    if (redirects === maxRedirects) {
      const message = `${url.href} redirects more than ${maxRedirects} times.`;
      throw new SkillError(502, 'too_many_redirects', message);
    }
    answer = await requestOnce(next, request);
  }
  return answer;
}

function redirectOf({ url, status, headers: { location } }: GuardedAnswer): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || !location || !URL.canParse(location, url.href))
    return undefined;
  const next = new URL(location, url);
  if (/^https?:$/.test(next.protocol)) return next;
  throw new SkillError(
    502,
    'unexpected_answer',
    `${url.href} redirects to ${next.protocol}; this is not followed.`,
  );
}

async function requestOnce(url: URL, request: GuardedRequest): Promise<GuardedAnswer> {
  const reach = request.reachOf(url);
  refuseForbiddenLiteral(url, reach);
  try {
    const response = await send(url, reach, request);
    const bytes = await readBytes(response, url, request);
    const { statusCode: status = 0, headers } = response;
    return {
      url,
      status,
      headers,
      bytes,
      get text() {
        return bytes.toString('utf8');
      },
    };
  } catch (error) {
    throw asSkillError(error, url, request.signal);
  }
}

function send(url: URL, reach: Reach, { headers, body, agent, signal }: GuardedRequest) {
  const { request } = url.protocol === 'https:' ? https : http;
  const outgoing = request(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
    lookup: guardedLookup(reach),
    agent: agent ?? false,
    signal,
  });
  return new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject).end(body);
  });
}

async function readBytes(
  response: http.IncomingMessage,
  url: URL,
  { maxBytes, beforeLarge }: GuardedRequest,
): Promise<Buffer> {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    response.destroy();
    throw new SkillError(
      502,
      'unexpected_answer',
      `${url.href} responded in ${encoding}, which was not requested.`,
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const before = size;
    size += chunk.length;
    if (before <= largeBytes && size > largeBytes) await beforeLarge?.();
    if (size > maxBytes) {
      const message = `${url.host} answered more than ${Math.floor(maxBytes / 1024)} KiB.`;
      throw new SkillError(502, 'answer_too_large', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function asSkillError(error: unknown, { host }: URL, signal: AbortSignal): SkillError {
  if (error instanceof SkillError) return error;
  if (signal.reason instanceof SkillError) return signal.reason;
  if (signal.aborted)
    return new SkillError(504, 'timeout', `${host} did not respond in time.`, { cause: error });
  const { code = 'broken connection' } = error as NodeJS.ErrnoException;
  return new SkillError(502, 'unreachable', `Could not reach ${host}: ${code}.`, { cause: error });
}
