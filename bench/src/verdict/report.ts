import type { Report } from '../support/benchmark.js';
import { table } from '../support/report.js';
import { percentile } from '../support/statistics.js';
import { asked, type Rival, rivals } from './rivals.js';

/** One rollout of a version that is the same as live: which rivals aborted it, and the highest odds that ours saw. */
export interface Identical {
  /** The share of requests that fail, of both. */
  readonly rate: number;
  /** Within the hour, on average. */
  readonly requests: number;
  readonly odds: number;
  readonly aborted: ReadonlySet<Rival>;
}

export interface Outcome {
  readonly aborted: boolean;
  /** Requests to the canary that failed before the abort, or, of a slower one, all that it answered. */
  readonly lost: number;
}

/** The rollouts of a canary that is worse. */
export interface Worse {
  readonly kind: string;
  readonly goal: number | undefined;
  readonly requestsUntilBad: readonly number[];
  /** By the name of the rule. */
  readonly outcomes: ReadonlyMap<string, readonly Outcome[]>;
}

/** The report of the benchmark, with its goals. */
export function reportVerdict(same: readonly Identical[], worse: readonly Worse[]): Report {
  const names = rivals.map(({ name }) => name);
  const rules = [...(worse[0]?.outcomes.keys() ?? [])];
  const rates = [...new Set(same.map(({ rate }) => rate))];
  const each = worse[0]?.outcomes.get('ours')?.length ?? 0;
  const cells = (of: (outcomes: readonly Outcome[]) => string) =>
    worse.map(({ kind, outcomes }) => [kind, ...rules.map((rule) => of(outcomes.get(rule) ?? []))]);
  return {
    title: 'The verdict on a canary',
    body: `Simulated rollouts of an hour: the canary has 5 %, 20 % and 50 % of the requests for 20 minutes each. Traffic, times and failures drift
within a day; times are log-normal, with a median of 30 ms and a p99 of 300 ms. All rules see the same requests.

- ours: \`falseAborts\` of ${percent(asked)}, failures and p95 together, asked after every request.
- Flagger: the thresholds of its documentation, looked at each minute: 99 % succeed, p99 within 500 ms; five failed checks abort.
- Kayenta: the Mann-Whitney test of Spinnaker's judge on the values a minute, looked at each minute.
- ours as a rival: with as many false aborts as the rival has of a version that is the same as that live one, with as many requests. Where ours
  cannot be made to abort so often, it aborts as often as it can, and some of the rollouts unseen.

## False aborts

${same.length.toLocaleString('en')} rollouts of a version that is the same as live, with 10 to 100,000 requests.

${table(
  ['failures of both', 'ours', ...names],
  [
    ...rates.map((rate) => [percent(rate), ...falseAborts(same.filter((one) => one.rate === rate))]),
    ['all', ...falseAborts(same)],
  ],
)}

Goal: at most ${percent(asked)}: ${share(same, isFalseAbort) <= asked ? 'met' : 'NOT met'}.

## Requests until it is bad

How many requests the canary answered until ours called it bad, with a tenth of the requests and without drift.

${table(['the canary', 'median', 'nine of ten', 'goal'], worse.map(untilBadRow))}

## Regressions that were missed

${each} rollouts of each kind, with 1,000 to 100,000 requests.

${table(
  ['the canary', ...rules],
  cells((outcomes) => percent(share(outcomes, ({ aborted }) => !aborted))),
)}

## Requests that users lost before the abort

Requests that the canary failed, or answered more slowly, on average of the same rollouts.

${table(
  ['the canary', ...rules],
  cells((outcomes) => (lost(outcomes) / outcomes.length).toFixed(1)),
)}

Goal: at the same rate of false aborts fewer than each rival, in each kind: ${losesFewer(worse) ? 'met' : 'NOT met'}.`,
  };
}

function falseAborts(same: readonly Identical[]): string[] {
  const ofRivals = rivals.map(({ name }) => share(same, ({ aborted }) => aborted.has(name)));
  return [share(same, isFalseAbort), ...ofRivals].map(percent);
}

function isFalseAbort({ odds }: Identical): boolean {
  return odds >= 1 / asked;
}

function untilBadRow({ kind, goal, requestsUntilBad }: Worse): string[] {
  const [median, nineOfTen] = [percentile(requestsUntilBad, 0.5), percentile(requestsUntilBad, 0.9)];
  const met = goal === undefined ? '' : `${goal}: ${nineOfTen <= goal ? 'met' : 'NOT met'}`;
  return [kind, `${median}`, `${nineOfTen}`, met];
}

function losesFewer(worse: readonly Worse[]): boolean {
  return worse.every(({ outcomes }) =>
    rivals.every(({ name }) => lost(outcomes.get(`ours as ${name}`)) < lost(outcomes.get(name))),
  );
}

function lost(outcomes: readonly Outcome[] = []): number {
  return outcomes.reduce((sum, outcome) => sum + outcome.lost, 0);
}

function share<T>(values: readonly T[], of: (value: T) => boolean): number {
  return values.filter(of).length / values.length;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}
