import { Agent, request } from 'undici';

/** One kind of request, sent at a steady rate whether or not earlier ones were answered. */
export interface RequestKind {
  name: string;
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  headers?: Record<string, string>;
  /** Whether each request opens a new connection. */
  newConnection: boolean;
  perSecond: number;
}

export interface Answered {
  kind: string;
  /** The phase of the benchmark when it was sent. */
  phase: string;
  /** Time until the whole answer had arrived. */
  milliseconds: number;
  /** What was wrong with the answer, or why none arrived. */
  failure?: string;
}

export interface LoadOptions {
  /** Origin of a service on this machine. */
  url: string;
  kinds: readonly RequestKind[];
  /** Whether this is what the service should answer, with 200. */
  accepts: (answer: string) => boolean;
}

/** More than any request may take, so a request that hangs counts as a failure, too. */
const timeoutMs = 10_000;

/** Clients of a service that do not slow down when the service does. No request is retried. */
export class SteadyLoad {
  readonly answered: Answered[] = [];
  /** The phase of the requests sent from now on. */
  phase = '';
  readonly #underWay = new Set<Promise<void>>();
  readonly #kept = new Agent({ headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  // Without pipelining undici closes a connection after its first answer.
  readonly #once = new Agent({ headersTimeout: timeoutMs, bodyTimeout: timeoutMs, pipelining: 0 });
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(readonly options: LoadOptions) {}

  start(phase: string): void {
    this.phase = phase;
    for (const kind of this.options.kinds) this.#timers.push(this.#keepPace(kind));
  }

  /** Timers are late on a busy machine, so each sends all that are due: with one request for each timer, the rate would be lower. */
  #keepPace(kind: RequestKind): NodeJS.Timeout {
    const start = performance.now();
    let sent = 0;
    return setInterval(() => {
      const due = Math.floor(((performance.now() - start) / 1000) * kind.perSecond);
      for (; sent < due; sent++) this.#track(this.#send(kind));
    }, 1000 / kind.perSecond);
  }

  /** Sends no more requests, and waits until all sent ones have ended. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#underWay);
    await Promise.all([this.#kept.close(), this.#once.close()]);
  }

  #track(sent: Promise<void>): void {
    this.#underWay.add(sent);
    void sent.finally(() => this.#underWay.delete(sent));
  }

  async #send(kind: RequestKind): Promise<void> {
    const { phase } = this;
    const start = performance.now();
    const failure = await this.#failureOf(kind);
    const milliseconds = performance.now() - start;
    this.answered.push({ kind: kind.name, phase, milliseconds, ...(failure ? { failure } : {}) });
  }

  async #failureOf({ method, path, body, headers, newConnection }: RequestKind): Promise<string | undefined> {
    const dispatcher = newConnection ? this.#once : this.#kept;
    try {
      const answer = await request(new URL(path, this.options.url), {
        method,
        dispatcher,
        ...(headers && { headers }),
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200 && this.options.accepts(text)) return undefined;
      return `${answer.statusCode} ${text.slice(0, 200)}`;
    } catch (error) {
      return String(error);
    }
  }
}
