import { Agent, request, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';

/** How one request went; times are those of `performance.now()`. */
export interface Answer {
  kind: string;
  sentAt: number;
  endedAt: number;
  /** What it says, where it was answered with 200. */
  says?: string;
  /** Why it was not. */
  failure?: string;
}

/** Of each kind there are so many a second, whether or not earlier ones were answered. */
const perSecond = 5;
/** A request that hangs is a failure, too. */
const timeoutMs = 30_000;

const kinds = [
  { method: 'GET', newConnection: false },
  { method: 'GET', newConnection: true },
  { method: 'POST', newConnection: false },
  { method: 'POST', newConnection: true },
] as const;
type Kind = (typeof kinds)[number];

/** Clients that ask a service at a steady pace. No request is sent again. */
export class Traffic {
  /** In the order in which they ended. */
  readonly answers: Answer[] = [];
  readonly #kept = new Agent({ keepAlive: true });
  readonly #underWay = new Set<Promise<void>>();
  readonly #timers: NodeJS.Timeout[];

  constructor(readonly url: string) {
    this.#timers = kinds.map((kind) => setInterval(() => this.#track(this.#ask(kind)), 1000 / perSecond));
  }

  /** What the requests of a time were answered with: each version once, however often. */
  saidBetween(from: number, to: number): Set<string> {
    const then = this.answers.filter(({ sentAt, endedAt }) => sentAt >= from && endedAt <= to);
    return new Set(then.flatMap(({ says }) => says ?? []));
  }

  /** Asks no more, and waits until all that was asked has ended. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
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
