import { type Clock, type DeadlineError, startDeadline } from '@odoobo/machine/time';
import type { Dispatcher } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header.js';
import type * as z from 'zod';
import { errorBodySchema } from '../spec/index.js';
import { backoff } from './backoff.js';
import {
  AppPlatformError,
  type AppPlatformErrorDetails,
  codeOf,
  ownErrorIds,
  type Redact,
  redactToken,
  statusHint,
  toSafeCause,
  unreachableHint,
} from './errors.js';
import type { CallEnded, CallKind, Quota, RateLimiter } from './limiter.js';

/** One call of the API; its schema parses the reply to `T`. */
export interface Call<T> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** None for a call whose reply has no body. */
  schema?: z.ZodType<T>;
  /** A second call has no further effect, so it may be sent again when the reply is lost. */
  repeatable: boolean;
  signal?: AbortSignal | undefined;
  /** Milliseconds for the call with all its tries; default: the client's `callTimeoutMs`. */
  timeoutMs?: number | undefined;
}

export interface TransportOptions {
  url: string;
  token: string;
  dispatcher: Dispatcher;
  clock: Clock;
  limiter: RateLimiter;
  /** Milliseconds for a call with all its tries, from when the limiter lets the first one through. */
  callTimeoutMs: number;
  locate?: Locate | undefined;
}

/**
 * The current address of a platform that can move; undefined when that is not known. Called when a call did not reach the
 * platform: a local platform that died may have been restarted at another address, while another server uses the old one.
 */
export type Locate = (signal: AbortSignal) => Promise<string | undefined>;

const maxTries = 5;
/** The longest that a call waits for the limiter. */
const queueTimeoutMs = 300_000;
const repeatedStatuses = [408, 429, 500, 502, 503, 504];

/** The connection was never made, so the platform has not seen the call. */
const unsentCodes = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** The connection broke or timed out; it is not known whether the platform has received the call. */
const brokenCodes = [
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
];

/** A failed try: its error, and whether and when a retry makes sense. */
interface Failure {
  error: AppPlatformError;
  again: boolean;
  afterMs?: number | undefined;
}

/** Sends calls: adds the bearer token, applies the limiter and deadlines, and retries where that is safe. */
export class Transport {
  readonly #options: TransportOptions;
  #base: URL;
  readonly #redact: Redact;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#base = new URL(options.url);
    this.#redact = redactToken(options.token);
  }

  /** Sends a call, and retries it where that is safe. @throws AppPlatformError, or the signal's reason when it is aborted */
  async send<T>(call: Call<T>): Promise<T> {
    const { clock, limiter } = this.#options;
    const callTimeoutMs = call.timeoutMs ?? this.#options.callTimeoutMs;
    let ended = await this.#queue(call);
    const deadline = startDeadline(clock, callTimeoutMs, call.signal);
    let last: Failure | undefined;
    try {
      for (let tries = 1; ; tries += 1) {
        if (tries > 1) ended = await limiter.acquire(kindOf(call), deadline.signal);
        const result = await this.#try(call, tries, deadline.signal).finally(ended);
        if ('value' in result) return result.value;
        last = result;
        if (!result.again || tries === maxTries) throw result.error;
        if ((result.afterMs ?? 0) > callTimeoutMs)
          throw this.#tooLong(call, result.error, result.afterMs ?? 0);
        await clock.sleep(result.afterMs ?? backoff(tries), deadline.signal);
      }
    } catch (error) {
      if (error !== deadline.passed) throw error;
      throw this.#late(call, deadline.passed, last?.error);
    } finally {
      deadline.clear();
    }
  }

  /** Waits for the limiter, outside the deadline of the call: a thousand calls at once do not mean that the server is slow. */
  async #queue(call: Call<unknown>): Promise<CallEnded> {
    const deadline = startDeadline(this.#options.clock, queueTimeoutMs, call.signal);
    try {
      return await this.#options.limiter.acquire(kindOf(call), deadline.signal);
    } catch (error) {
      if (error !== deadline.passed) throw error;
      const message = `the call was not sent within ${queueTimeoutMs / 1000} s: the rate limit of the token is used up`;
      throw this.#error(call, message, {
        outcome: 'unsent',
        id: ownErrorIds.rateLimited,
        tries: 0,
        cause: error,
      });
    } finally {
      deadline.clear();
    }
  }

  async #try<T>(call: Call<T>, tries: number, signal: AbortSignal): Promise<{ value: T } | Failure> {
    let reply: Dispatcher.ResponseData;
    let text: string;
    try {
      reply = await this.#options.dispatcher.request(this.#request(call, signal));
      text = await reply.body.text();
    } catch (error) {
      signal.throwIfAborted();
      return this.#look(this.#broken(call, error, tries), signal);
    }
    this.#options.limiter.observe(quotaOf(reply.headers));
    if (reply.statusCode < 200 || reply.statusCode > 299)
      return this.#look(this.#refused(call, reply, text, tries), signal);
    return this.#read(call, text, tries);
  }

  #request(call: Call<unknown>, signal: AbortSignal): Dispatcher.RequestOptions {
    const query = Object.entries(call.query ?? {}).filter(([, value]) => value !== undefined);
    return {
      origin: this.#base.origin,
      path: call.path,
      query: Object.fromEntries(query),
      method: call.method,
      headers: {
        authorization: `Bearer ${this.#options.token}`,
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
    };
  }

  /** The error for a missing or incomplete reply. */
  #broken(call: Call<unknown>, error: unknown, tries: number): Failure {
    const code = codeOf(error) ?? '';
    const unsent = unsentCodes.includes(code);
    const cause = toSafeCause(error, this.#redact);
    const message = unsent
      ? `Could not reach the platform at ${this.#base.origin} (${code}). ${unreachableHint(this.#base)}`
      : `the connection to ${this.#base.origin} was closed before the whole reply arrived (${cause.message})`;
    return {
      error: this.#error(call, message, {
        outcome: unsent ? 'unsent' : 'unknown',
        id: ownErrorIds.unreachable,
        tries,
        cause,
      }),
      again: unsent || (call.repeatable && brokenCodes.includes(code)),
    };
  }

  /** A call that was not sent, or reached a server that does not know the token, had no effect: it is sent to the new address. */
  async #look(failure: Failure, signal: AbortSignal): Promise<Failure> {
    const { locate } = this.#options;
    const { outcome, status } = failure.error;
    if (!locate || (outcome !== 'unsent' && status !== 401)) return failure;
    const url = await locate(signal);
    if (url === undefined) return failure;
    this.#base = new URL(url);
    return { ...failure, again: true };
  }

  /** The error for a reply whose status is not a success. */
  #refused(call: Call<unknown>, reply: Dispatcher.ResponseData, text: string, tries: number): Failure {
    const status = reply.statusCode;
    const body = errorBodySchema.safeParse(parseJson(text));
    const { id, message, request_id } = body.success
      ? body.data
      : { id: ownErrorIds.unreadable, message: excerpt(text), request_id: undefined };
    const requestId = request_id ?? headerOf(reply, 'x-request-id');
    const said = `${status} ${id}: ${message}${statusHint(this.#base, status, call.method, call.path)}`;
    const error = this.#error(call, requestId === undefined ? said : `${said} (request ${requestId})`, {
      outcome: status >= 500 || status === 408 ? 'unknown' : 'refused',
      status,
      id,
      tries,
      ...(requestId !== undefined && { requestId }),
    });
    const again = status === 429 || (call.repeatable && repeatedStatuses.includes(status));
    if (!again) return { error, again };
    const afterMs = retryAfterOf(reply.headers, this.#options.clock.now());
    if (status === 429 && afterMs !== undefined) {
      // The limit belongs to the token, so all its calls wait.
      this.#options.limiter.pauseUntil(this.#options.clock.now() + afterMs);
    }
    return { error, again, afterMs };
  }

  /** Parses a successful reply: its body must be what the API documents. */
  #read<T>(call: Call<T>, text: string, tries: number): { value: T } | Failure {
    if (!call.schema) return { value: undefined as T };
    const details = { outcome: 'unknown', tries } as const;
    const value = parseJson(text);
    if (value === undefined) {
      const message = `the reply is not valid JSON, or incomplete: ${excerpt(text)}`;
      const error = this.#error(call, message, { ...details, id: ownErrorIds.unreadable });
      return { error, again: call.repeatable };
    }
    const parsed = call.schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('/')}: ${issue.message}`).join('; ');
    const message = `the reply does not have the documented form: ${wrong}`;
    return { error: this.#error(call, message, { ...details, id: ownErrorIds.unexpected }), again: false };
  }

  #tooLong(
    call: Call<unknown>,
    { outcome, status, id, tries }: AppPlatformError,
    waitMs: number,
  ): AppPlatformError {
    const message = `${status} ${id}: the platform asks to wait ${waitMs / 1000} s before the next call`;
    return this.#error(call, message, { outcome, id, tries, ...(status !== undefined && { status }) });
  }

  #late(call: Call<unknown>, deadline: DeadlineError, last: AppPlatformError | undefined): AppPlatformError {
    const before = last ? ` Last: ${last.message}` : '';
    return this.#error(call, `${deadline.message}.${before}`, {
      outcome: 'unknown',
      id: ownErrorIds.deadline,
      tries: (last?.tries ?? 0) + 1,
      cause: last ?? deadline,
    });
  }

  #error(
    { method, path }: Call<unknown>,
    message: string,
    details: Omit<AppPlatformErrorDetails, 'method' | 'path'>,
  ): AppPlatformError {
    return new AppPlatformError(this.#redact(`${method} ${path}: ${message}`), { ...details, method, path });
  }
}

function kindOf({ method }: Call<unknown>): CallKind {
  return method === 'GET' ? 'read' : 'write';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The beginning of a body, on one line. */
function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return 'the body is empty';
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}

function headerOf(reply: Dispatcher.ResponseData, name: string): string | undefined {
  const value = reply.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function numberOf(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** ratelimit-remaining (calls left in the hour) and ratelimit-reset (epoch seconds). */
function quotaOf(headers: IncomingHttpHeaders): Quota {
  const remaining = numberOf(headers['ratelimit-remaining']);
  const reset = numberOf(headers['ratelimit-reset']);
  return {
    ...(remaining !== undefined && { remaining }),
    ...(reset !== undefined && { resetAt: reset * 1000 }),
  };
}

/**
 * How long the server asks the client to wait, in milliseconds: retry-after as seconds or as a date.
 * @param now milliseconds since the epoch
 */
function retryAfterOf(headers: IncomingHttpHeaders, now: number): number | undefined {
  const value = headers['retry-after'];
  const seconds = numberOf(value);
  if (seconds !== undefined) return Math.max(0, seconds * 1000);
  const date = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
