import type { AppPlatformClient } from '@odoobo/app-platform';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** What is asked of the platform while it is scraped. */
export const perSecond = { requests: 300, deployments: 4, lists: 1 };

export interface LiveApp {
  id: string;
  url: string;
}

/** Requests to all apps, deployments, and calls that list apps. */
export class Load {
  readonly #agent = new Agent({ connections: 1 });
  readonly #stopped = new AbortController();
  #running: Promise<unknown> | undefined;
  #sent = 0;

  constructor(
    private readonly client: AppPlatformClient,
    private readonly apps: readonly LiveApp[],
  ) {}

  /** Until it is stopped. */
  start(): void {
    const { client } = this;
    this.#running = Promise.all([
      this.#each(perSecond.requests, (app) => this.ask(app)),
      this.#each(perSecond.deployments, async ({ id }) => void (await client.createDeployment(id))),
      this.#each(perSecond.lists, async () => void (await client.listApps())),
    ]);
    // Said when it is stopped.
    void this.#running.catch(() => undefined);
  }

  /** A request with a path and a header that no other has. @throws when it fails */
  async ask({ url }: LiveApp): Promise<void> {
    const n = (this.#sent += 1);
    const answer = await request(`${url}/${n}`, { dispatcher: this.#agent, headers: { 'x-n': String(n) } });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}.`);
  }

  /** @throws what has failed */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await this.#agent.close();
  }

  /** Bursts ten times a second: a timer for each request would measure timers. */
  async #each(rate: number, act: (app: LiveApp) => Promise<void>): Promise<void> {
    const { signal } = this.#stopped;
    const burst = Math.ceil(rate / 10);
    while (!signal.aborted) {
      const chosen = Array.from({ length: burst }, () => this.#any());
      await Promise.all([
        ...chosen.map(act),
        delay((burst / rate) * 1000, undefined, { signal }).catch(() => undefined),
      ]);
    }
  }

  #any(): LiveApp {
    const app = this.apps[Math.floor(Math.random() * this.apps.length)];
    if (!app) throw new Error('There is no app.');
    return app;
  }
}
