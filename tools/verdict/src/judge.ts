import { createHistogram } from 'node:perf_hooks';
import { Bound } from './bound.js';
import { record, Tail } from './tail.js';
import { TwoProportions } from './two-proportions.js';
import type { Variant } from './variant.js';

/** What is asked of the canary. */
export interface Rules {
  /** The chance, over a whole rollout and all metrics together, that a version that is no worse is called bad: over 0 and below 1. */
  readonly falseAborts: number;
  /** The highest share of failed requests that is allowed, whatever live does: over 0 and below 1. */
  readonly maxFailures?: number;
  /** How much slower the slow requests of the canary may be: 0.2 is a fifth. Times are not looked at without it. */
  readonly p95?: { readonly worseBy: number };
}

/** The outcome of one request. */
export interface Outcome {
  readonly failed: boolean;
  /** Milliseconds from the request to the end of its answer. */
  readonly ms: number;
}

export type Metric = 'failures' | 'maxFailures' | 'p95';

/** What was seen of one variant. */
export interface Sample {
  readonly requests: number;
  readonly failures: number;
  /** The 95th percentile of the requests that succeeded, in milliseconds; 0 without any. */
  readonly p95Ms: number;
}

export interface Verdict {
  /** `bad` is final. `too little`: neither is shown yet. */
  readonly answer: 'good' | 'bad' | 'too little';
  /** The reason with its numbers, as a sentence. */
  readonly because: string;
  readonly live: Sample;
  readonly canary: Sample;
  /** The evidence against the canary by metric, as odds: 1 says nothing. */
  readonly evidence: Partial<Record<Metric, number>>;
  /** The highest evidence so far of all metrics together, in the same odds: bad from `1 / falseAborts` on. */
  readonly worstOdds: number;
}

/** What a judge has found, for judges of other requests to the same versions. */
export interface Found {
  /** What the alternatives of each metric have won, as logarithms. */
  readonly won: { readonly [M in Metric]?: readonly number[] | undefined };
  readonly live: Pick<Sample, 'requests' | 'failures'>;
  readonly canary: Pick<Sample, 'requests' | 'failures'>;
}

/** A block is closed when the canary has so large a part of its requests in it: many small blocks would only cost time. */
const blockShare = 1 / 50;

/**
 * Compares a canary to what is live, request by request, under the same router at the same time. Without clock and I/O: the same
 * requests in the same order give the same verdict.
 *
 * It may be asked after every request. Which variant a request goes to must not depend on how it will end.
 */
export class Judge {
  readonly #rules: Rules;
  readonly #failures = new TwoProportions();
  readonly #bound: Bound | undefined;
  readonly #tail: Tail | undefined;
  readonly #seen = { live: new Seen(), canary: new Seen() };
  #block = emptyBlock();
  /** What others have found, added up; none where this judge is alone. */
  #others: Found | undefined;
  #worst: { readonly odds: number; readonly because: string } = { odds: 0, because: '' };

  /** @throws {RangeError} A rule out of its range, by its name. */
  constructor(rules: Rules) {
    checkRules(rules);
    this.#rules = rules;
    this.#bound = rules.maxFailures === undefined ? undefined : new Bound(rules.maxFailures);
    this.#tail = rules.p95 && new Tail(rules.p95.worseBy);
  }

  /** Whether the canary was shown to be worse: cheap enough to be asked before every request. It stays true. */
  get isBad(): boolean {
    return this.#worst.odds >= 1 / this.#rules.falseAborts;
  }

  /** What is known here, for other judges. */
  get found(): Found {
    const won = {
      failures: this.#failures.won,
      ...(this.#bound && { maxFailures: this.#bound.won }),
      ...(this.#tail && { p95: this.#tail.won }),
    };
    return { won, live: this.#seen.live.sample(), canary: this.#seen.canary.sample() };
  }

  /**
   * Takes into account what judges with the same rules have found by other requests to the same versions: all that they have
   * found so far, which may be old. One that has seen only good answers must not outvote this one, so half of the stake stays on what
   * is seen here.
   */
  withOthers(found: readonly Found[]): void {
    this.#others = found.length === 0 ? undefined : found.reduce(sumOf);
    this.#rememberWorst();
  }

  /** Takes the outcome of one request. */
  saw(variant: Variant, outcome: Outcome): void {
    this.#seen[variant].add(outcome);
    if (!outcome.failed) this.#tail?.add(variant, outcome.ms);
    const tally = this.#block[variant];
    tally.requests += 1;
    if (outcome.failed) tally.events += 1;
    if (variant === 'canary') this.#bound?.add({ requests: 1, events: outcome.failed ? 1 : 0 });
    if (this.#blockIsFull()) this.#closeBlock();
    else if (this.#bound && outcome.failed) this.#rememberWorst();
  }

  /**
   * The verdict on all requests so far.
   *
   * @param enough The number of requests to the canary after which it is good unless it is bad.
   */
  verdict(enough: number): Verdict {
    const { live, canary } = this.#samples();
    const known = { live, canary, evidence: this.#evidence(), worstOdds: this.#worst.odds };
    if (this.isBad) return { answer: 'bad', because: this.#worst.because, ...known };
    if (canary.requests < enough || live.requests === 0) {
      return { answer: 'too little', because: tooLittle(live, canary, enough), ...known };
    }
    return {
      answer: 'good',
      because: `${counts(live, canary)}: nothing shows that the canary is worse.`,
      ...known,
    };
  }

  /** Sizes of blocks depend on how many requests came, never on how they ended: so the evidence stays honest. */
  #blockIsFull(): boolean {
    const { live, canary } = this.#block;
    return (
      live.requests > 0 && canary.requests > 0 && canary.requests >= this.#seen.canary.requests * blockShare
    );
  }

  #closeBlock(): void {
    const { live, canary } = this.#block;
    this.#failures.add(live, canary);
    this.#tail?.endBlock();
    this.#block = emptyBlock();
    this.#rememberWorst();
  }

  /** The evidence of a rollout may fall again. What it once proved at the rate that was asked stays proved. */
  #rememberWorst(): void {
    if (this.isBad) return;
    const evidence = this.#evidence();
    const odds = mean(Object.values(evidence));
    if (odds <= this.#worst.odds) return;
    const enough = odds >= 1 / this.#rules.falseAborts;
    this.#worst = { odds, because: enough ? this.#whyBad(evidence, odds) : '' };
  }

  #evidence(): Partial<Record<Metric, number>> {
    const { won } = this.#others ?? {};
    const metrics = { failures: this.#failures, maxFailures: this.#bound, p95: this.#tail };
    const evidence: Partial<Record<Metric, number>> = {};
    for (const metric of ['failures', 'maxFailures', 'p95'] as const) {
      const own = metrics[metric]?.evidence();
      if (own === undefined) continue;
      evidence[metric] = won ? (own + (metrics[metric]?.evidence(won[metric]) ?? 0)) / 2 : own;
    }
    return evidence;
  }

  /** All requests that are known of; times only of those that were seen here. */
  #samples(): { live: Sample; canary: Sample } {
    const live = this.#seen.live.sample();
    const canary = this.#seen.canary.sample();
    const others = this.#others;
    return others ? { live: plus(live, others.live), canary: plus(canary, others.canary) } : { live, canary };
  }

  #whyBad(evidence: Partial<Record<Metric, number>>, odds: number): string {
    const { live, canary } = this.#samples();
    const { failures = 0, maxFailures = 0, p95 = 0 } = evidence;
    const found =
      p95 > Math.max(failures, maxFailures)
        ? `The slow requests of the canary are slower (p95 ${canary.p95Ms} ms, live ${live.p95Ms} ms)`
        : maxFailures > failures
          ? `The canary fails more than ${100 * (this.#rules.maxFailures ?? 0)} % of its requests (${counts(live, canary)})`
          : `The canary fails more often (${counts(live, canary)})`;
    return `${found}. The evidence is ${oddsOf(odds)} to 1; ${Math.ceil(1 / this.#rules.falseAborts)} to 1 was asked.`;
  }
}

/** Counts and times of one variant, for the report. */
class Seen {
  requests = 0;
  #failures = 0;
  readonly #times = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 2 });

  add({ failed, ms }: Outcome): void {
    this.requests += 1;
    if (failed) this.#failures += 1;
    else record(this.#times, ms);
  }

  sample(): Sample {
    const p95Ms = this.#times.count === 0 ? 0 : this.#times.percentile(95) / 1000;
    return { requests: this.requests, failures: this.#failures, p95Ms };
  }
}

function sumOf(one: Found, other: Found): Found {
  const won: Partial<Record<Metric, readonly number[]>> = {};
  for (const metric of ['failures', 'maxFailures', 'p95'] as const) {
    const [a, b] = [one.won[metric], other.won[metric]];
    if (a && b) won[metric] = a.map((log, index) => log + (b[index] ?? 0));
  }
  return { won, live: plus(one.live, other.live), canary: plus(one.canary, other.canary) };
}

function plus<T extends Found['live']>(one: T, { requests, failures }: Found['live']): T {
  return { ...one, requests: one.requests + requests, failures: one.failures + failures };
}

function emptyBlock() {
  return { live: { requests: 0, events: 0 }, canary: { requests: 0, events: 0 } };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Beyond a million, the number says no more. */
function oddsOf(odds: number): string {
  return odds > 1_000_000 ? 'more than 1000000' : `${Math.floor(odds)}`;
}

function counts(live: Sample, canary: Sample): string {
  return `${canary.failures} of ${canary.requests} requests to the canary failed, ${live.failures} of ${live.requests} to live`;
}

function tooLittle(live: Sample, canary: Sample, enough: number): string {
  if (live.requests === 0)
    return 'No request to live was seen, so there is nothing to compare the canary to.';
  return `The canary has answered ${canary.requests} of the ${enough} requests that are asked for.`;
}

function checkRules({ falseAborts, maxFailures, p95 }: Rules): void {
  checkShare('falseAborts', falseAborts);
  if (maxFailures !== undefined) checkShare('maxFailures', maxFailures);
  if (p95 && !(p95.worseBy >= 0 && Number.isFinite(p95.worseBy))) {
    throw new RangeError(`p95.worseBy: expected 0 or more, such as 0.2 for a fifth, got ${p95.worseBy}`);
  }
}

function checkShare(name: string, value: number): void {
  if (value > 0 && value < 1) return;
  throw new RangeError(`${name}: expected a number over 0 and below 1, such as 0.01 for 1 %, got ${value}`);
}
