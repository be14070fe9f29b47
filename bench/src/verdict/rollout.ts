import { Random } from './random.js';

/** How a version answers: the share of requests that fail, and the factor of its times. */
export interface Version {
  readonly failures: number;
  readonly slower: number;
}

/** A rollout to simulate. */
export interface Rollout {
  readonly seed: number;
  /** Requests to both versions within the hour, on average. */
  readonly requests: number;
  readonly live: Version;
  readonly canary: Version;
}

/** Requests in their order, as columns. There are hundreds of millions: the next ones take their place. */
export class Requests {
  count = 0;
  /** 1 where the canary took it. */
  canary = new Uint8Array(0);
  /** 1 where it failed. */
  failed = new Uint8Array(0);
  ms = new Float64Array(0);

  /** Leaves room for so many others. */
  renew(count: number): void {
    this.count = count;
    if (count <= this.ms.length) return;
    this.canary = new Uint8Array(2 * count);
    this.failed = new Uint8Array(2 * count);
    this.ms = new Float64Array(2 * count);
  }
}

/** The weight of the canary in each of the 60 minutes. */
const weights = Array.from({ length: 60 }, (_, minute) => (minute < 20 ? 0.05 : minute < 40 ? 0.2 : 0.5));

/**
 * The requests of each minute of an hour, within a day in which traffic, times and failures rise and fall by a third. Times are
 * log-normal with a median of 30 ms; one of a hundred takes more than 300 ms, so that a healthy service is within 500 ms.
 */
export function* minutes({ seed, requests, live, canary }: Rollout): Generator<Requests> {
  const random = new Random(seed);
  const start = random.next();
  const all = new Requests();
  for (const [minute, weight] of weights.entries()) {
    const drift = 1 + Math.sin(2 * Math.PI * (start + minute / 1440)) / 3;
    const expected = (requests / weights.length) * drift;
    all.renew(Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0));
    draw(all, random, { weight, drift, live, canary });
    yield all;
  }
}

/** Requests without end, some at a time, with the same weight and without drift. */
export function* steady(seed: number, weight: number, live: Version, canary: Version): Generator<Requests> {
  const random = new Random(seed);
  const all = new Requests();
  for (;;) {
    all.renew(100);
    draw(all, random, { weight, drift: 1, live, canary });
    yield all;
  }
}

interface Traffic {
  readonly weight: number;
  readonly drift: number;
  readonly live: Version;
  readonly canary: Version;
}

function draw(all: Requests, random: Random, { weight, drift, live, canary }: Traffic): void {
  for (let i = 0; i < all.count; i++) {
    const isCanary = random.chance(weight);
    const { failures, slower } = isCanary ? canary : live;
    all.canary[i] = isCanary ? 1 : 0;
    all.failed[i] = random.chance(failures === 1 ? 1 : failures * drift) ? 1 : 0;
    all.ms[i] = 30 * drift * slower * Math.exp(random.normal());
  }
}
