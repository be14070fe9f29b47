import { type AppSpec, plainText } from '@odoobo/app-platform/spec';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import * as z from 'zod';
import type { ApiContext } from '../api/context.js';
import { activeDeployment } from '../deployments/phases.js';
import { probe, type ProbeTarget } from '../health/probe.js';
import { routeOf } from '../running/bindables.js';
import type { Health } from './answers.js';

/** Between two rounds. */
const pauseMs = 3000;
/** How long it continues after the results were last read. */
const watchedMs = 10_000;
const askedAtOnce = 8;
const answerMs = 5000;

/**
 * Requests the health path of each live app repeatedly, through its URL, while the page is in use, so that its response times
 * have points without traffic. A browser cannot: each app is another origin.
 */
export class HealthWatch {
  readonly #latest = new Map<string, Health>();
  #watchedUntil = 0;
  #watching = false;

  constructor(private readonly context: Pick<ApiContext, 'store' | 'progression' | 'closing'>) {}

  /** The last answer of each app, by id. Reading it keeps it up to date for a while. */
  read(): ReadonlyMap<string, Health> {
    this.#watchedUntil = performance.now() + watchedMs;
    if (!this.#watching) void this.#watch();
    return this.#latest;
  }

  /** Never rejects. */
  async #watch(): Promise<void> {
    const { closing } = this.context;
    this.#watching = true;
    while (!closing.aborted && performance.now() < this.#watchedUntil) {
      await this.#askAll();
      await delay(pauseMs, undefined, { signal: closing }).catch(() => undefined);
    }
    this.#watching = false;
    // It would be long out of date by the next read.
    this.#latest.clear();
  }

  async #askAll(): Promise<void> {
    const targets = this.#targets();
    for (const id of this.#latest.keys()) if (!targets.has(id)) this.#latest.delete(id);
    const inTurn = pLimit(askedAtOnce);
    await Promise.all([...targets].map(([id, target]) => inTurn(() => this.#ask(id, target))));
  }

  #targets(): Map<string, ProbeTarget> {
    const { store, progression } = this.context;
    return new Map(
      store.list().flatMap((app) => {
        const live = activeDeployment(app);
        const url = live && progression.urlOf(app);
        const path = live && publicHealthPath(live.spec);
        return url && path ? [[app.id, { port: Number(new URL(url).port), path }]] : [];
      }),
    );
  }

  async #ask(id: string, target: ProbeTarget): Promise<void> {
    const since = performance.now();
    try {
      let version: string | undefined;
      const onBody = (body: string) => (version = versionIn(body));
      const trouble = await probe({ ...target, onBody }, answerMs, this.context.closing);
      const milliseconds = performance.now() - since;
      this.#latest.set(id, {
        state: trouble === undefined ? 'HEALTHY' : 'UNHEALTHY',
        milliseconds,
        ...(trouble !== undefined && { trouble }),
        ...(version !== undefined && { version }),
      });
    } catch {
      // The platform closes.
    }
  }
}

/** The health path of the first service with an HTTP check, as reached from outside; a TCP check shows nothing there. */
function publicHealthPath(spec: AppSpec): string | undefined {
  // A request would keep a service that sleeps awake.
  const service = spec.services?.find(
    ({ health_check: check, inactivity_sleep: sleep }) => check?.http_path !== undefined && !sleep,
  );
  const path = service?.health_check?.http_path;
  if (service === undefined || path === undefined) return undefined;
  return `${routeOf(spec, service.name).replace(/\/$/, '')}${path}`;
}

/** What a service reports about itself; only the version is read. */
const bodySchema = z.looseObject({ version: z.string().max(100) });

function versionIn(body: string): string | undefined {
  try {
    const version = bodySchema.safeParse(JSON.parse(body)).data?.version;
    return version === undefined ? undefined : plainText(version);
  } catch {
    return undefined;
  }
}
