import type { Variant } from '@odoobo/verdict';
import type { RouterState } from './state.js';

/** How a rollout stood at one time. */
export interface Moment {
  at: string;
  /** The percentage of the clients that the canary served. */
  weight: number;
  requests: Record<Variant, number>;
  failures: Record<Variant, number>;
  /** The difference of the outcomes, with its interval; null where there was none yet. */
  outcome: { estimate: number; low: number; high: number } | null;
}

/** So many moments are kept: then every second one is dropped, and from now on half as many come. */
const most = 100;
const firstMs = 1_000;

/** How a rollout came to stand as it does. */
export class History {
  #moments: Moment[] = [];
  #everyMs = firstMs;
  #last = -Infinity;

  /** Whether a moment is due. */
  isDue(now: number): boolean {
    return now - this.#last >= this.#everyMs;
  }

  add(
    now: number,
    { weight, variants, outcome }: Pick<RouterState, 'weight' | 'variants' | 'outcome'>,
  ): void {
    this.#last = now;
    const { live, canary } = variants;
    this.#moments.push({
      at: new Date(now).toISOString(),
      weight,
      requests: { live: live.requests, canary: canary.requests },
      failures: { live: live.failures, canary: canary.failures },
      outcome: outcome && { estimate: outcome.estimate, low: outcome.low, high: outcome.high },
    });
    if (this.#moments.length < most) return;
    this.#moments = this.#moments.filter((_, index) => index % 2 === 1);
    this.#everyMs *= 2;
  }

  get moments(): readonly Moment[] {
    return this.#moments;
  }
}
