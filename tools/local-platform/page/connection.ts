import { withDeadline } from '@odoobo/machine/time';
import { noticePlatformTime } from './platform-time.js';

const answerMs = 15_000;

/** The token is not, or no longer, the platform's. */
export class WrongToken extends Error {}

/** The platform does not run, or does not answer. */
export class Unreachable extends Error {}

export interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** Calls of the platform's addresses, with its token. */
export class Connection {
  constructor(private readonly token: string) {}

  /** @throws WrongToken, Unreachable, or an Error with what the platform says */
  async json<T>(path: string, call: Call = {}): Promise<T> {
    const text = await this.text(path, call);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** @throws as `json` */
  text(path: string, call: Call = {}): Promise<string> {
    const { method = 'GET', signal } = call;
    return withDeadline(answerMs, signal, async (deadline) => {
      const { status, text } = await this.#send(path, method, call.body, deadline).catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw new Unreachable('The platform does not answer.', { cause });
      });
      if (status === 401) throw new WrongToken('The platform does not accept the token of this page.');
      if (status >= 400) throw new Error(messageOf(text) ?? `${method} ${path} answered ${status}.`);
      return text;
    });
  }

  async #send(
    path: string,
    method: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    const response = await fetch(path, {
      method,
      signal,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    noticePlatformTime(response.headers.get('date'));
    return { status: response.status, text };
  }
}

/** The platform's message about a refused call. */
function messageOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return undefined;
  }
}
