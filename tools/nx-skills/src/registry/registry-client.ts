import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { Login } from './logins.js';
import { registryUrl, requireSafe, showRepository, type Repository } from './reference.js';
import { refused, RegistryError } from './registry-error.js';
import { basic, parseChallenge, readToken } from './token.js';

/** A connection that is silent for so long, in milliseconds, is broken. */
const silenceMs = 60_000;
const maxRedirects = 3;

export interface RegistryCall {
  /** For messages: `push the manifest`. */
  doing: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  url: URL;
  headers?: Record<string, string>;
  /** Opened anew for each time it is sent. */
  body?: () => Promise<Readable | Buffer>;
  /** Statuses that are an answer; any other is an error. */
  expect: readonly number[];
  signal: AbortSignal;
}

export type RegistryReply = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

/** One connection pool for all registries of a run. */
export function registryAgent(): Agent {
  return new Agent({ headersTimeout: silenceMs, bodyTimeout: silenceMs, connect: { timeout: 10_000 } });
}

/** Calls of one repository, with what its registry wants to be shown. */
export class RegistryClient {
  #authorization: string | undefined;

  constructor(
    readonly repository: Repository,
    readonly login: Login | undefined,
    readonly agent: Dispatcher,
    readonly access: 'pull' | 'pull,push',
  ) {}

  /** Under `/v2/<name>/`: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints */
  url(path: string): URL {
    return new URL(`/v2/${this.repository.name}/${path}`, registryUrl(this.repository.registry));
  }

  /**
   * Makes a call once, with a token where the registry asks for one.
   *
   * @throws RegistryError; or the signal's reason when it is aborted
   */
  async call(call: RegistryCall): Promise<RegistryReply> {
    const first = await this.#send(call);
    const reply =
      first.statusCode === 401 && (await this.#authorize(first, call)) ? await this.#send(call) : first;
    if (call.expect.includes(reply.statusCode)) return reply;
    throw await this.#refused(reply, call);
  }

  /** Storage may be elsewhere; nothing secret follows it there. */
  async #send(call: RegistryCall): Promise<RegistryReply> {
    let url = requireSafe(call.url);
    const home = registryUrl(this.repository.registry).origin;
    for (let redirects = 0; ; redirects += 1) {
      const authorization = url.origin === home ? this.#authorization : undefined;
      const reply = await this.#request({ ...call, url }, authorization);
      const target = call.method === 'GET' && reply.statusCode >= 300 && headerOf(reply, 'location');
      if (!target || redirects === maxRedirects) return reply;
      await reply.body.dump();
      url = requireSafe(new URL(target, url));
    }
  }

  async #request(call: RegistryCall, authorization: string | undefined): Promise<RegistryReply> {
    const { url, method, headers, signal } = call;
    const body = await call.body?.();
    try {
      return await this.agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
        body: body ?? null,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw this.#broken(call, error);
    }
  }

  /** @returns whether another try may be let in */
  async #authorize(reply: RegistryReply, { signal, doing }: RegistryCall): Promise<boolean> {
    const challenge = parseChallenge(headerOf(reply, 'www-authenticate') ?? '');
    const shown = this.login && basic(this.login);
    if (!challenge || (challenge.scheme === 'basic' && (!shown || shown === this.#authorization)))
      return false;
    await reply.body.dump();
    if (challenge.scheme === 'basic') {
      this.#authorization = shown;
      return true;
    }
    // All that will be needed: a token to look is not enough to push, and some give none to look for what is not there yet.
    challenge.url.searchParams.append('scope', `repository:${this.repository.name}:${this.access}`);
    const call = { doing, method: 'GET', url: challenge.url, expect: [200], signal } as const;
    const answer = await this.#request(call, shown);
    if (answer.statusCode !== 200) throw await this.#refused(answer, call);
    const token = readToken(await this.text(answer, call));
    if (token === undefined) throw this.#broken(call, new Error(`${challenge.url.origin} gave no token`));
    this.#authorization = `Bearer ${token}`;
    return true;
  }

  /** Reads an answer to its end. @throws RegistryError where it breaks off */
  async text({ body }: RegistryReply, call: RegistryCall): Promise<string> {
    try {
      return await body.text();
    } catch (error) {
      call.signal.throwIfAborted();
      throw this.#broken(call, error);
    }
  }

  async #refused(reply: RegistryReply, call: RegistryCall): Promise<RegistryError> {
    return refused(this.repository, this.login, {
      doing: call.doing,
      status: reply.statusCode,
      body: await this.text(reply, call),
      retryAfter: headerOf(reply, 'retry-after'),
    });
  }

  #broken({ doing, url }: RegistryCall, error: unknown): RegistryError {
    if (error instanceof RegistryError) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    return new RegistryError(
      `${showRepository(this.repository)}: could not ${doing}: ${url.origin} cannot be reached, or broke off (${code ?? message}). Check the network`,
      // Not the error itself: one of the parser has the bytes of the reply in it.
      { again: true, cause: new Error(message) },
    );
  }
}

export function headerOf({ headers }: RegistryReply, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
