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

export interface Request {
  readonly canary: boolean;
  readonly failed: boolean;
  readonly ms: number;
}

/** The weight of the canary in each of the 60 minutes. */
const weights = Array.from({ length: 60 }, (_, minute) => (minute < 20 ? 0.05 : minute < 40 ? 0.2 : 0.5));

/**
 * The requests of each minute of an hour, within a day in which traffic, times and failures rise and fall by a third. Times are
 * log-normal with a median of 30 ms; one of a hundred takes more than 300 ms, so that a healthy service is within 500 ms.
 */
export function* minutes({ seed, requests, live, canary }: Rollout): Generator<Request[]> {
  const random = new Random(seed);
  const start = random.next();
  for (const [minute, weight] of weights.entries()) {
    const drift = 1 + Math.sin(2 * Math.PI * (start + minute / 1440)) / 3;
    const expected = (requests / weights.length) * drift;
    const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
    yield Array.from({ length: count }, () => request(random, weight, drift, live, canary));
  }
}

/** Requests without end, with the same weight and without drift. */
export function* steady(seed: number, weight: number, live: Version, canary: Version): Generator<Request> {
  const random = new Random(seed);
  for (;;) yield request(random, weight, 1, live, canary);
}

function request(random: Random, weight: number, drift: number, live: Version, canary: Version): Request {
  const isCanary = random.chance(weight);
  const { failures, slower } = isCanary ? canary : live;
  const failed = random.chance(failures === 1 ? 1 : failures * drift);
  return { canary: isCanary, failed, ms: 30 * drift * slower * Math.exp(random.normal()) };
}
