import { startDeadline, systemClock } from '@odoobo/machine/time';
import { Agent, type Dispatcher } from 'undici';
import { codeOf } from '../client/errors.js';

/** What a service is asked. */
export interface Question {
  method?: 'GET' | 'POST';
  /** With its query, from "/". */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Milliseconds until the whole reply must be there. */
  withinMs: number;
  signal?: AbortSignal | undefined;
}

export interface Reply {
  status: number;
  /** By name in lower case; a header that came more than once is joined with commas. */
  headers: ReadonlyMap<string, string>;
  body: string;
  /** From the start of the request to the end of the reply. */
  milliseconds: number;
}

/** A documentation page is some kilobytes; what never ends must not fill the memory. */
const maxBodyBytes = 8 * 1024 * 1024;

/** Asks a live service over HTTP, on connections of its own. Follows no redirect and repeats nothing. */
export class LiveService {
  readonly #agent = new Agent({ maxResponseSize: maxBodyBytes });

  /** @param url where the app is, as the platform says it */
  constructor(readonly url: string) {}

  /** The full URL of a path. */
  at(path: string): string {
    return new URL(path, this.url).href;
  }

  /**
   * Asks once.
   *
   * @throws Error that says what is wrong when there is no whole reply in time; the signal's reason when it is aborted
   */
  async ask({ method = 'GET', path, body, withinMs, signal }: Question): Promise<Reply> {
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
        },
        body: body === undefined ? null : JSON.stringify(body),
        // The deadline is the only limit: undici's own start at different moments.
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

  /** Ends what is under way. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function toMap(headers: Dispatcher.ResponseData['headers']): Map<string, string> {
  return new Map(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

/** What is wrong with a connection, in words. */
function describeTrouble(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'connection refused (ECONNREFUSED)';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `its name cannot be resolved (${code})`;
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return `the connection was reset (${code})`;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return `the reply is longer than ${maxBodyBytes} bytes`;
  return error instanceof Error ? error.message || (code ?? error.name) : String(error);
}
