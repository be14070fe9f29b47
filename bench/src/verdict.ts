import { setImmediate } from 'node:timers/promises';
import type { Report } from './support/benchmark.js';
import { percentile } from './support/statistics.js';
import { Random } from './verdict/random.js';
import { type Identical, type Outcome, reportVerdict, type Worse } from './verdict/report.js';
import { type Abort, asked, ours, type Rival, rivals } from './verdict/rivals.js';
import { minutes, type Rollout, steady, type Version } from './verdict/rollout.js';

const identicalRollouts = 10_000;
const rolloutsOfEach = 400;
const failureRates = [0, 0.001, 0.01, 0.05];

/** What a worse canary does, and the goal of ours: bad after at most so many of its requests in nine of ten rollouts. */
const regressions: readonly { kind: string; live: Version; canary: Version; goal?: number }[] = [
  { kind: 'fails always', live: version(0.01), canary: version(1), goal: 5 },
  { kind: 'fails 5 %, live 1 %', live: version(0.01), canary: version(0.05), goal: 500 },
  { kind: 'fails 2 %, live 1 %', live: version(0.01), canary: version(0.02), goal: 4500 },
  { kind: 'fails 1 %, live 0.1 %', live: version(0.001), canary: version(0.01) },
  { kind: 'slower by half', live: version(0.001), canary: version(0.001, 1.5), goal: 1000 },
];

/** How often a canary is aborted that is the same version, and what a worse one costs, against the rules of other tools. */
export async function measureVerdict(signal: AbortSignal): Promise<Report> {
  const same = await judgeIdentical(signal);
  const rules = rulesAtRatesOf(same);
  const worse: Worse[] = [];
  for (const { kind, live, canary, goal } of regressions) {
    const outcomes = new Map<string, Outcome[]>();
    for (const [name, rule] of rules) outcomes.set(name, await judgeWorse(live, canary, rule, signal));
    const requestsUntilBad = Array.from({ length: 200 }, (_, seed) => untilBad(seed, live, canary));
    worse.push({ kind, goal, outcomes, requestsUntilBad });
  }
  return reportVerdict(same, worse);
}

function version(failures: number, slower = 1): Version {
  return { failures, slower };
}

async function judgeIdentical(signal: AbortSignal): Promise<Identical[]> {
  const done: Identical[] = [];
  for (let seed = 0; seed < identicalRollouts; seed++) {
    await breathe(signal);
    const rate = failureRates[seed % failureRates.length] ?? 0;
    const requests = spread(seed, 10, 100_000);
    const own = ours(Number.EPSILON);
    const aborted = new Set<Rival>();
    const watching = rivals.map(({ name, rule }) => ({ name, rule: rule() }));
    for (const minute of minutes({ seed, requests, live: version(rate), canary: version(rate) })) {
      own.minute(minute);
      for (const { name, rule } of watching) {
        if (!aborted.has(name) && rule.minute(minute) !== undefined) aborted.add(name);
      }
    }
    done.push({ rate, odds: own.judge.verdict(0).worstOdds, aborted });
  }
  return done;
}

/** The rivals, and ours once as asked and once with as many false aborts as each rival had on the same requests. */
function rulesAtRatesOf(same: readonly Identical[]): Map<string, () => Abort> {
  const rules = new Map<string, () => Abort>([['ours', () => ours(asked)]]);
  const odds = same.map((rollout) => rollout.odds);
  for (const { name, rule } of rivals) {
    const rate = same.filter(({ aborted }) => aborted.has(name)).length / same.length;
    // The odds that just this share of rollouts went over.
    const falseAborts = Math.min(0.99, 1 / percentile(odds, 1 - rate));
    rules.set(name, rule).set(`ours as ${name}`, () => ours(falseAborts));
  }
  return rules;
}

async function judgeWorse(live: Version, canary: Version, rule: () => Abort, signal: AbortSignal) {
  const outcomes: Outcome[] = [];
  for (let seed = 0; seed < rolloutsOfEach; seed++) {
    await breathe(signal);
    const requests = spread(seed, 1000, 100_000);
    outcomes.push(follow({ seed: identicalRollouts + seed, requests, live, canary }, rule()));
  }
  return outcomes;
}

function follow(rollout: Rollout, rule: Abort): Outcome {
  const slower = rollout.canary.slower > 1;
  let lost = 0;
  for (const minute of minutes(rollout)) {
    const at = rule.minute(minute);
    lost += minute.slice(0, at).filter(({ canary, failed }) => canary && (failed || slower)).length;
    if (at !== undefined) return { aborted: true, lost };
  }
  return { aborted: false, lost };
}

/** How many requests the canary answered until ours called it bad, at most 20,000. It gets a tenth of the requests. */
function untilBad(seed: number, live: Version, canary: Version): number {
  const own = ours(asked);
  let answered = 0;
  for (const request of steady(seed, 0.1, live, canary)) {
    if (request.canary) answered += 1;
    if (own.minute([request]) !== undefined || answered === 20_000) break;
  }
  return answered;
}

/** Spread evenly over the orders of magnitude. */
function spread(seed: number, from: number, to: number): number {
  return Math.round(from * (to / from) ** new Random(seed).next());
}

/** Lets a signal be noticed. */
async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
