import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { Known } from './logins.js';
import {
  followLocation,
  registryUrl,
  type Repository,
  requireSafe,
  showRepository,
  UnsafeUrlError,
} from './reference.js';
import { refused } from './refusal.js';
import { imageTroubles, RegistryError } from './registry-error.js';
import { askToken, basic, type BearerChallenge, parseChallenge, readToken } from './token.js';

/** A connection that is silent for so long, in milliseconds, is broken. */
const silenceMs = 60_000;
const maxRedirects = 3;

export interface RegistryCall {
  /** For messages: `push the manifest`. */
  doing: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  url: URL;
  headers?: Record<string, string>;
  /** Opened again for each attempt. */
  body?: () => Promise<Readable | Buffer>;
  /** Expected statuses; any other is an error. */
  expect: readonly number[];
  signal: AbortSignal;
}

export type RegistryReply = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

/** One connection pool for all registries of a run. */
export function registryAgent(): Agent {
  return new Agent({ headersTimeout: silenceMs, bodyTimeout: silenceMs, connect: { timeout: 10_000 } });
}

/** Calls to one repository, authenticated as its registry requires. */
export class RegistryClient {
  #authorization: string | undefined;

  constructor(
    readonly repository: Repository,
    readonly known: Known,
    readonly agent: Dispatcher,
    readonly access: 'pull' | 'pull,push',
  ) {}

  /** Under `/v2/<name>/`: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints */
  url(path: string): URL {
    return new URL(`/v2/${this.repository.name}/${path}`, registryUrl(this.repository.registry));
  }

  /**
   * Makes a call once, with a token if the registry requires one.
   * @throws RegistryError; or the signal's reason when it is aborted
   */
  async call(call: RegistryCall): Promise<RegistryReply> {
    const reply = await this.safely(call.doing, () => this.#answer(call));
    if (call.expect.includes(reply.statusCode)) return reply;
    throw await this.#refused(reply, call);
  }

  /** @throws RegistryError for a URL of the registry to which nothing is sent */
  async safely<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnsafeUrlError)) throw error;
      const message = `${showRepository(this.repository)}: could not ${doing}: ${error.message}`;
      throw new RegistryError(message, { code: imageTroubles.refused });
    }
  }

  async #answer(call: RegistryCall): Promise<RegistryReply> {
    const first = await this.#send(call);
    return first.statusCode === 401 && (await this.#authorize(first, call)) ? this.#send(call) : first;
  }

  /** Storage may be on another host; no secret is sent there. */
  async #send(call: RegistryCall): Promise<RegistryReply> {
    let url = requireSafe(call.url);
    const home = registryUrl(this.repository.registry).origin;
    for (let redirects = 0; ; redirects += 1) {
      const authorization = url.origin === home ? this.#authorization : undefined;
      const reply = await this.#request({ ...call, url }, authorization);
      const target = call.method === 'GET' && reply.statusCode >= 300 && headerOf(reply, 'location');
      if (!target || redirects === maxRedirects) return reply;
      await reply.body.dump();
      url = followLocation(target, url);
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

  /** @returns whether another attempt may be allowed */
  async #authorize(reply: RegistryReply, call: RegistryCall): Promise<boolean> {
    const { login } = this.known;
    const challenge = parseChallenge(headerOf(reply, 'www-authenticate') ?? '');
    const shown = login && basic(login);
    if (!challenge || (challenge.scheme === 'basic' && (!shown || shown === this.#authorization)))
      return false;
    await reply.body.dump();
    this.#authorization =
      challenge.scheme === 'basic' ? shown : `Bearer ${await this.#readToken(challenge, call)}`;
    return true;
  }

  /** Requests all scopes at once: a read token cannot push, and some registries give none for what does not exist yet. */
  async #readToken(challenge: BearerChallenge, { signal, doing }: RegistryCall): Promise<string> {
    const scope = `repository:${this.repository.name}:${this.access}`;
    const { authorization, ...asked } = askToken(challenge, scope, this.known.login);
    const call = { ...asked, doing, expect: [200], signal };
    const answer = await this.#request(call, authorization);
    if (answer.statusCode !== 200) throw await this.#refused(answer, call);
    const token = readToken(await this.text(answer, call));
    if (token === undefined) throw this.#broken(call, new Error('it returned no token'));
    return token;
  }

  /** Reads a reply to its end. @throws RegistryError if it breaks off */
  async text({ body }: RegistryReply, call: RegistryCall): Promise<string> {
    try {
      return await body.text();
    } catch (error) {
      call.signal.throwIfAborted();
      throw this.#broken(call, error);
    }
  }

  async #refused(reply: RegistryReply, call: RegistryCall): Promise<RegistryError> {
    return refused(this.repository, this.known, {
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
      `${showRepository(this.repository)}: could not ${doing}: ${whyUnreachable(url, code, message)}`,
      // Without the original error: an error of the parser contains the bytes of the reply.
      { code: imageTroubles.unreachable, again: true, cause: new Error(message) },
    );
  }
}

export function headerOf({ headers }: RegistryReply, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

interface Reason {
  /** The code of an error: from Node, from OpenSSL as Node passes it on, or from undici. */
  code: RegExp;
  why: string;
  advice: string;
}

const checkName = 'Check the name of the registry, and the network';
const tryAgain = 'Check the network, and deploy again';
const trust =
  'If its certificate is right, set NODE_EXTRA_CA_CERTS to the file of its authority; else check the network';

const reasons: readonly Reason[] = [
  { code: /^(ENOTFOUND|EAI_AGAIN)$/, why: 'has no address', advice: checkName },
  { code: /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/, why: 'refuses the connection', advice: checkName },
  { code: /CERT|^(UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO$)/, why: 'is not trusted', advice: trust },
  { code: /TIMEOUT|^ETIMEDOUT$/, why: 'does not answer in time', advice: tryAgain },
];

const brokenOff = { why: 'closed the connection', advice: tryAgain };

/** Why a registry gave no reply, and what to do. @param code of the error, such as `ENOTFOUND`; not every error has one */
function whyUnreachable({ origin }: URL, code: string | undefined, message: string): string {
  const { why, advice } = reasons.find((reason) => reason.code.test(code ?? '')) ?? brokenOff;
  return `${origin} ${why} (${code ?? message}). ${advice}`;
}
