import { startDeadline, systemClock } from '@odoobo/machine/time';
import { Agent, type Dispatcher } from 'undici';
import { codeOf } from '../client/errors.js';

/** A request to a service. */
export interface Question {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query, beginning with "/". */
  path: string;
  /** In addition to the usual ones, and in place of those with the same name. */
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Milliseconds until the whole reply must have arrived. */
  withinMs: number;
  signal?: AbortSignal | undefined;
}

export interface Reply {
  status: number;
  /** By name in lower case; the values of a repeated header are joined with commas. */
  headers: ReadonlyMap<string, string>;
  body: string;
  /** From the start of the request to the end of the reply. */
  milliseconds: number;
}

/** A documentation page has some kilobytes; an endless reply must not fill the memory. */
const maxBodyBytes = 8 * 1024 * 1024;

/** Sends HTTP requests to a live service, over its own connections. Follows no redirect and retries nothing. */
export class LiveService {
  readonly #agent = new Agent({ maxResponseSize: maxBodyBytes });

  /**
   * @param url of the app, as the platform reports it
   * @param headers sent with each request
   */
  constructor(
    readonly url: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** The full URL of a path. */
  at(path: string): string {
    return new URL(path, this.url).href;
  }

  /**
   * Sends one request.
   * @throws Error that says what is wrong when the whole reply does not arrive in time; the signal's reason when it is aborted
   */
  async ask({ method = 'GET', path, headers = {}, body, withinMs, signal }: Question): Promise<Reply> {
    const deadline = startDeadline(systemClock, withinMs, signal);
    const start = performance.now();
    try {
      const { origin, pathname, search } = new URL(path, this.url);
      const reply = await this.#agent.request({
        origin,
        path: pathname + search,
        method,
        headers: {
          accept: 'application/json, text/html;q=0.9, */*;q=0.8',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...lowerCase(this.headers),
          ...lowerCase(headers),
        },
        body: body === undefined ? null : JSON.stringify(body),
        // `withinMs` is the only limit: undici's own timeouts start at different moments.
        headersTimeout: 0,
        bodyTimeout: 0,
        signal: deadline.signal,
      });
      const text = await reply.body.text();
      return {
        status: reply.statusCode,
        headers: toMap(reply.headers),
        body: text,
        milliseconds: performance.now() - start,
      };
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error(
        error === deadline.passed ? `no answer within ${withinMs / 1000} s` : describeTrouble(error),
        { cause: error },
      );
    } finally {
      deadline.clear();
    }
  }

  /** Aborts requests in progress. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function toMap(headers: Dispatcher.ResponseData['headers']): Map<string, string> {
  return new Map(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

/** Describes a connection error in words. */
function describeTrouble(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'connection refused (ECONNREFUSED)';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `its name cannot be resolved (${code})`;
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return `the connection was reset (${code})`;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return `the reply is longer than ${maxBodyBytes} bytes`;
  return error instanceof Error ? error.message || (code ?? error.name) : String(error);
}
