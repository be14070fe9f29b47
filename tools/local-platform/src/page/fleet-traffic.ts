import type { ResponseTimesReading } from '@odoobo/ingress';
import pLimit from 'p-limit';
import type { Progression } from '../deployments/progression.js';
import type { AppStore } from '../state/app-store.js';
import type { FleetTrafficAnswer } from './answers.js';

/** However many pages are open, it is read once in this time: it changes every ten seconds. */
const keptMs = 5_000;
const atOnce = 16;

/** The requests of all apps together, over the last 15 minutes. */
export class FleetTraffic {
  #last: { at: number; answer: Promise<FleetTrafficAnswer> } | undefined;

  constructor(
    private readonly store: Pick<AppStore, 'list'>,
    private readonly progression: Pick<Progression, 'responseTimesOf'>,
  ) {}

  read(now = performance.now()): Promise<FleetTrafficAnswer> {
    if (!this.#last || now - this.#last.at > keptMs) this.#last = { at: now, answer: this.#sum() };
    return this.#last.answer;
  }

  async #sum(): Promise<FleetTrafficAnswer> {
    const limit = pLimit(atOnce);
    const read = this.store
      .list()
      .map((app) => limit(() => this.progression.responseTimesOf(app).catch(() => undefined)));
    return together((await Promise.all(read)).filter((one) => one !== undefined));
  }
}

/** The sums of each period, and the slowest app in it. */
export function together(readings: readonly ResponseTimesReading[]): FleetTrafficAnswer {
  const periods = new Map<number, { requests: number; failures: number; p95: number | null }>();
  for (const { at, requests, failures, p95 } of readings) {
    for (const [index, seconds] of at.entries()) {
      // The apps are measured by one clock, and read one after another.
      const period = Math.round(seconds);
      const sum = periods.get(period) ?? { requests: 0, failures: 0, p95: null };
      const slowest = Math.max(sum.p95 ?? 0, p95[index] ?? 0);
      periods.set(period, {
        requests: sum.requests + (requests[index] ?? 0),
        failures: sum.failures + (failures[index] ?? 0),
        p95: slowest > 0 ? slowest : null,
      });
    }
  }
  const ordered = [...periods].sort(([a], [b]) => a - b);
  return {
    at: ordered.map(([at]) => at),
    requests: ordered.map(([, one]) => one.requests),
    failures: ordered.map(([, one]) => one.failures),
    slowest: ordered.map(([, one]) => one.p95),
  };
}
