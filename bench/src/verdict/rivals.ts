import { Judge } from '@odoobo/verdict';
import { MannWhitney } from './mann-whitney.js';
import { percentileOf } from './percentile.js';
import type { Requests } from './rollout.js';

/** Something that may abort a rollout. */
export interface Abort {
  /** Takes the requests of one minute. @returns after how many of them it aborts, if it does */
  minute(requests: Requests): number | undefined;
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
    minute({ count, canary, failed, ms }) {
      for (let i = 0; i < count; i++) {
        judge.saw(canary[i] === 1 ? 'canary' : 'live', { failed: failed[i] === 1, ms: ms[i] ?? 0 });
        if (judge.isBad) return i + 1;
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
      const { ms, failed } = only(1, requests);
      if (ms.length === 0) return undefined;
      if ((ms.length - failed) / ms.length < 0.99) failedChecks += 1;
      if (percentileOf(ms, 0.99) > 500) failedChecks += 1;
      return failedChecks >= 5 ? requests.count : undefined;
    },
  };
}

/**
 * Spinnaker's judge, NetflixACAJudge, looking each minute at all minutes so far: a metric is "High" when the lower end of the 98 %
 * confidence interval of the Mann-Whitney test between the values a minute is over a quarter of the estimate. Metrics: the share of
 * failures and p95. https://github.com/spinnaker/kayenta, MannWhitneyClassifier.scala
 */
function kayenta(): Abort {
  const failures = new MannWhitney();
  const times = new MannWhitney();
  return {
    minute(requests) {
      const canary = only(1, requests);
      const live = only(0, requests);
      if (canary.ms.length === 0 || live.ms.length === 0) return undefined;
      failures.add(live.failed / live.ms.length, canary.failed / canary.ms.length);
      times.add(percentileOf(live.ms, 0.95), percentileOf(canary.ms, 0.95));
      return failures.isHigh || times.isHigh ? requests.count : undefined;
    },
  };
}

/** The times of one variant, and how many of its requests failed. */
function only(variant: 0 | 1, { count, canary, failed, ms }: Requests): { ms: Float64Array; failed: number } {
  const times = new Float64Array(count);
  let taken = 0;
  let failures = 0;
  for (let i = 0; i < count; i++) {
    if (canary[i] !== variant) continue;
    times[taken++] = ms[i] ?? 0;
    failures += failed[i] ?? 0;
  }
  return { ms: times.subarray(0, taken), failed: failures };
}
