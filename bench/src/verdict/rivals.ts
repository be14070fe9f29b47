import { Judge } from '@odoobo/verdict';
import type { Request } from './rollout.js';

/** Something that may abort a rollout. */
export interface Abort {
  /** Takes the requests of one minute. @returns after how many of them it aborts, if it does */
  minute(requests: readonly Request[]): number | undefined;
}

/** The rate of false aborts that ours is asked for. */
export const asked = 0.01;

/** The rules of other tools. */
export const rivals = [
  { name: 'Flagger', rule: flagger },
  { name: 'Kayenta', rule: kayenta },
] as const;

export type Rival = (typeof rivals)[number]['name'];

/** Ours: asked after each request. */
export function ours(falseAborts: number): Abort & { readonly judge: Judge } {
  const judge = new Judge({ falseAborts, p95: { worseBy: 0 } });
  return {
    judge,
    minute(requests) {
      for (const [index, { canary, failed, ms }] of requests.entries()) {
        judge.saw(canary ? 'canary' : 'live', { failed, ms });
        if (judge.isBad) return index + 1;
      }
      return undefined;
    },
  };
}

/**
 * The metrics and thresholds of Flagger's documentation: each minute, at least 99 % of the canary's requests succeed and their p99 is
 * at most 500 ms; five failed checks abort. https://docs.flagger.app/usage/metrics
 */
function flagger(): Abort {
  let failedChecks = 0;
  return {
    minute(requests) {
      const canary = requests.filter((request) => request.canary);
      if (canary.length === 0) return undefined;
      const succeeded = canary.filter(({ failed }) => !failed).length / canary.length;
      if (succeeded < 0.99) failedChecks += 1;
      if (
        quantile(
          canary.map(({ ms }) => ms),
          0.99,
        ) > 500
      )
        failedChecks += 1;
      return failedChecks >= 5 ? requests.length : undefined;
    },
  };
}

/**
 * Spinnaker's judge, NetflixACAJudge, looking each minute at all minutes so far: a metric is "High" when the lower end of the 98 %
 * confidence interval of the Mann-Whitney test between the values a minute is over a quarter of the estimate. Metrics: the share of
 * failures and p95. https://github.com/spinnaker/kayenta, MannWhitneyClassifier.scala
 */
function kayenta(): Abort {
  const failures: Series = { live: [], canary: [] };
  const times: Series = { live: [], canary: [] };
  return {
    minute(requests) {
      const canary = requests.filter((request) => request.canary);
      const live = requests.filter((request) => !request.canary);
      if (canary.length === 0 || live.length === 0) return undefined;
      for (const [name, of] of Object.entries({ canary, live }) as ['canary' | 'live', Request[]][]) {
        failures[name].push(of.filter(({ failed }) => failed).length / of.length);
        times[name].push(
          quantile(
            of.map(({ ms }) => ms),
            0.95,
          ),
        );
      }
      return isHigh(failures) || isHigh(times) ? requests.length : undefined;
    },
  };
}

interface Series {
  readonly live: number[];
  readonly canary: number[];
}

/** The quantile of the normal distribution for a two-sided confidence of 98 %. */
const z = 2.326;
const tolerance = 0.25;

function isHigh({ live, canary }: Series): boolean {
  const [n, m] = [canary.length, live.length];
  // With fewer values, no difference at all is outside of an interval of 98 %.
  const below = Math.floor((n * m) / 2 - z * Math.sqrt((n * m * (n + m + 1)) / 12) - 0.5);
  if (below < 0) return false;
  // Most looks end here: the lower end is over nothing only when so few pairs are not.
  if (pairs(canary, live, (difference) => difference <= 0) > below) return false;
  const differences = Float64Array.from(canary.flatMap((a) => live.map((b) => a - b))).sort();
  const estimate = differences[Math.floor(differences.length / 2)] ?? 0;
  return (differences[below] ?? 0) > tolerance * Math.abs(estimate);
}

function pairs(
  canary: readonly number[],
  live: readonly number[],
  is: (difference: number) => boolean,
): number {
  return canary.reduce((sum, a) => sum + live.filter((b) => is(a - b)).length, 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
