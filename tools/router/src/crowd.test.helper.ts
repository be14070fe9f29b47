import type { Variant } from '@odoobo/verdict';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RouterConfig } from './config.js';
import { Rollout } from './rollout.js';

/** How requests come, and how they end. */
export interface Crowd {
  seed: number;
  /** How many requests are on their way at a time. */
  atOnce: number;
  /** The chance that what a router has to tell is heard before the next request begins or ends. */
  heard: number;
  /** The chances that a request fails. */
  failures: Record<Variant, number>;
}

/** The routers of one rollout without HTTP and clocks, so that thousands of rollouts can be tried. */
export class Routers {
  readonly #all: Rollout[];
  readonly #random: () => number;
  readonly #news = new Set<Rollout>();
  readonly #inFlight: { router: Rollout; variant: Variant; place: number }[] = [];
  /** Each client comes once, so nobody is known by its place. */
  #clients = 0;
  /** Requests that the canary failed. */
  failed = 0;
  requests = 0;

  constructor(
    config: RouterConfig,
    private readonly crowd: Crowd,
  ) {
    const generator = xoroshiro128plus(crowd.seed);
    // Generators of small seeds begin alike; far ahead they do not.
    generator.jump();
    this.#random = () => uniformFloat64(generator);
    this.#all = Array.from({ length: config.routers }, (_, i) => {
      const rollout: Rollout = new Rollout(
        config,
        `router ${i}`,
        () => undefined,
        () => this.#news.add(rollout),
      );
      return rollout;
    });
  }

  /** Whether a router has put the canary out. */
  get isOut(): boolean {
    return this.#all.some(({ out }) => out !== null);
  }

  get areAllOut(): boolean {
    return this.#all.every(({ out }) => out !== null);
  }

  /** A request begins or ends, and what routers have to tell may be heard. */
  next(): void {
    if (this.#inFlight.length < this.crowd.atOnce) this.#begin();
    else this.#end();
    for (const router of this.#news) {
      if (this.#random() >= this.crowd.heard) continue;
      this.#news.delete(router);
      for (const other of this.#all) if (other !== router) exchange(router, other);
    }
  }

  #any<T>(list: readonly T[]): number {
    return Math.floor(this.#random() * list.length);
  }

  #begin(): void {
    const router = this.#all[this.#any(this.#all)] as Rollout;
    const isBelow = this.#random() * 100 < router.weight;
    const place = this.#clients++;
    const variant = isBelow && router.probation.admits(place, false) ? 'canary' : 'live';
    if (variant === 'canary') router.probation.began();
    this.#inFlight.push({ router, variant, place });
  }

  #end(): void {
    const [ended] = this.#inFlight.splice(this.#any(this.#inFlight), 1);
    if (!ended) return;
    const { router, variant, place } = ended;
    const failed = this.#random() < this.crowd.failures[variant];
    this.requests++;
    if (variant === 'canary') router.probation.ended(failed, place);
    if (variant === 'canary' && failed) this.failed++;
    router.saw(variant, { failed, ms: 5, isJudged: true, outcome: undefined });
  }
}

function exchange(one: Rollout, other: Rollout): void {
  const said = (rollout: Rollout) => ({
    router: rollout.router,
    out: rollout.out,
    progress: null,
    seen: rollout.seen(null),
  });
  other.learn(said(one));
  one.learn(said(other));
}
