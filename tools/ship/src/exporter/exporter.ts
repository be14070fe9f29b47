import { type AppPlatformClient, unlessGone } from '@odoobo/app-platform';
import { deliveryFamilies, type Family } from '@odoobo/local-platform/metrics';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { readOwnApps } from '../apps/own-apps.js';
import { readDelivery } from '../delivery/read-delivery.js';
import { figuresMs } from '../delivery/send-figures.js';
import { describeError } from '../terminal/describe-error.js';
import { pauseAfter } from './budget.js';
import { FinishedDeployments, gauge, platformFamilies, type ReadApp } from './platform-families.js';

/** How far back the last measurement is looked for. */
const measuredWithinSeconds = 600;

const atOnce = 8;

export interface ExporterOptions {
  cwd: string;
  environment: string;
  client: AppPlatformClient;
  /** The journal of this workspace. */
  journal: string;
  onWarning: (message: string) => void;
}

/** Reads App Platform again and again, no faster than its rate limit allows, and holds what it has read last. */
export class Exporter {
  readonly #finished = new FinishedDeployments();
  #read: { families: Family[]; at: number } | undefined;
  #isUp = false;

  constructor(private readonly options: ExporterOptions) {}

  /** What was read last; only that nothing could be read, if so. */
  families(): Family[] {
    const { families = [], at } = this.#read ?? {};
    const help = '1 if App Platform answered when it was read last, else 0.';
    const up = gauge('exporter_up', help, [{ labels: {}, value: this.#isUp ? 1 : 0 }]);
    const last = gauge(
      'exporter_last_read_timestamp_seconds',
      'When App Platform was read last.',
      at === undefined ? [] : [{ labels: {}, value: at / 1000 }],
    );
    return [...(this.#isUp ? families : []), up, last];
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = pauseAfter(await this.look(signal));
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Reads once. @returns how many calls that took */
  async look(signal: AbortSignal): Promise<number> {
    const { cwd, environment, client, journal, onWarning } = this.options;
    try {
      const apps = await readOwnApps({ cwd, environment, client, signal });
      const limit = pLimit(atOnce);
      const read = await Promise.all(apps.map((one) => limit(() => this.#usageOf(one, signal))));
      for (const one of read) this.#finished.add(one);
      const now = Date.now();
      const span = { since: now - figuresMs, now, teams: new Map<string, string[]>() };
      const delivery = await readDelivery({ cwd, environment, journal, ...span, signal });
      const names = read.map(({ app }) => app.spec.name);
      const families = [
        ...platformFamilies(read),
        this.#finished.family(names),
        ...deliveryFamilies(delivery.skills),
      ];
      this.#read = { families, at: now };
      this.#isUp = true;
      // The list, the deployments of each, and three metrics of each.
      return 1 + 4 * apps.length;
    } catch (error) {
      if (signal.aborted) return 0;
      this.#isUp = false;
      onWarning(`App Platform could not be read: ${describeError(error)}`);
      return 1;
    }
  }

  async #usageOf(one: Pick<ReadApp, 'app' | 'deployments'>, signal: AbortSignal): Promise<ReadApp> {
    const end = Math.floor(Date.now() / 1000);
    const within = { start: end - measuredWithinSeconds, end, signal };
    const read = async (metric: keyof ReadApp['usage']) =>
      (await unlessGone(this.options.client.appMetric(one.app.id, metric, within))) ?? [];
    const [cpu, memory, restarts] = await Promise.all([
      read('cpu_percentage'),
      read('memory_percentage'),
      read('restart_count'),
    ]);
    return { ...one, usage: { cpu_percentage: cpu, memory_percentage: memory, restart_count: restarts } };
  }
}
