import { Agent, request, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** The result of one request; times are those of `performance.now()`. */
export interface Answer {
  kind: string;
  sentAt: number;
  endedAt: number;
  /** The answer, if its status was 200. */
  says?: string;
  /** Why it failed. */
  failure?: string;
}

/**
 * Requests per second, whether or not earlier ones were answered. The requests of a dozen skills take half of a processor. They
 * are spread evenly, so that a version gets one which is live only for a moment.
 */
const perSecond = process.env['NIGHTLY'] ? 20 : 10;
/** A request that hangs counts as a failure, too. */
const timeoutMs = 30_000;

const kinds = [
  { method: 'GET', newConnection: false },
  { method: 'GET', newConnection: true },
  { method: 'POST', newConnection: false },
  { method: 'POST', newConnection: true },
] as const;
type Kind = (typeof kinds)[number];

/** Clients that send requests to a service at a steady rate. No request is retried. */
export class Traffic {
  /** In the order in which they ended. */
  readonly answers: Answer[] = [];
  readonly #kept = new Agent({ keepAlive: true });
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  /** @param methods without POST for a service that does not know it */
  constructor(
    readonly url: string,
    methods: readonly Kind['method'][] = ['GET', 'POST'],
  ) {
    const asked = kinds.filter(({ method }) => methods.includes(method));
    let next = 0;
    this.#timer = setInterval(() => {
      const kind = asked[next++ % asked.length];
      if (kind) this.#track(this.#ask(kind));
    }, 1000 / perSecond);
  }

  /** The answers to the requests of a period: each version once, however often it answered. */
  saidBetween(from: number, to: number): Set<string> {
    const then = this.answers.filter(({ sentAt, endedAt }) => sentAt >= from && endedAt <= to);
    return new Set(then.flatMap(({ says }) => says ?? []));
  }

  /** Sends no more requests, and waits until all sent ones have ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    this.#kept.destroy();
  }

  #track(asked: Promise<void>): void {
    this.#underWay.add(asked);
    void asked.finally(() => this.#underWay.delete(asked));
  }

  async #ask({ method, newConnection }: Kind): Promise<void> {
    const sentAt = performance.now();
    const options = { method, agent: newConnection ? false : this.#kept, timeout: timeoutMs };
    const result = await exchange(this.url, options).then(
      ({ status, body }) => (status === 200 ? { says: body } : { failure: `${status} ${body}` }),
      (error: unknown) => ({ failure: String(error) }),
    );
    const kind = `${method}, ${newConnection ? 'new connection' : 'kept connection'}`;
    this.answers.push({ kind, sentAt, endedAt: performance.now(), ...result });
  }
}

/**
 * Sends GET requests to a service, one after another, until `work` has ended. Without a pause they would take a processor, of
 * which the work then gets less.
 * @returns the statuses of the answers, each once
 */
export async function statusesDuring(url: string, work: Promise<unknown>): Promise<Set<number>> {
  const statuses = new Set<number>();
  let goesOn = true;
  void work.finally(() => (goesOn = false));
  while (goesOn) {
    statuses.add((await fetch(url)).status);
    await delay(20);
  }
  return statuses;
}

function exchange(
  url: string,
  options: RequestOptions,
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(url, options, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    asking.on('timeout', () => asking.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    asking.on('error', reject);
    asking.end(options.method === 'POST' ? '{"input": 1}' : undefined);
  });
}
