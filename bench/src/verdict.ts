import { setImmediate } from 'node:timers/promises';
import type { Report } from './support/benchmark.js';
import { percentile } from './support/statistics.js';
import { Random } from './verdict/random.js';
import { type Identical, type Outcome, reportVerdict, type Worse } from './verdict/report.js';
import { type Abort, asked, ours, type Rival, rivals } from './verdict/rivals.js';
import { minutes, type Requests, type Rollout, steady, type Version } from './verdict/rollout.js';

const identicalRollouts = 10_000;
const rolloutsOfEach = 400;
/** The fewest requests within the hour of a rollout that is to find a worse canary: with ten, nothing can be found. */
const fewest = 1000;
const most = 100_000;
/** The highest rate of false aborts that ours takes. */
const loosest = 0.99;
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
  const worse: Worse[] = [];
  for (const { kind, live, canary, goal } of regressions) {
    const alike = same.filter(({ rate, requests }) => rate === live.failures && requests >= fewest);
    const outcomes = await judgeWorse(live, canary, rulesAtRatesOf(alike), signal);
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
    const requests = spread(seed, 10, most);
    const own = ours(Number.EPSILON);
    const aborted = new Set<Rival>();
    const watching = rivals.map(({ name, rule }) => ({ name, rule: rule() }));
    for (const minute of minutes({ seed, requests, live: version(rate), canary: version(rate) })) {
      own.minute(minute);
      for (const { name, rule } of watching) {
        if (!aborted.has(name) && rule.minute(minute) !== undefined) aborted.add(name);
      }
    }
    done.push({ rate, requests, odds: own.judge.verdict(0).worstOdds, aborted });
  }
  return done;
}

/** The rivals, and ours once as asked and once with as many false aborts as each rival had in rollouts of the same version as live. */
function rulesAtRatesOf(same: readonly Identical[]): Rules {
  const rules = new Map<string, (seed: number) => Abort>([['ours', () => ours(asked)]]);
  const odds = same.map((rollout) => rollout.odds);
  for (const { name, rule } of rivals) {
    const rate = same.filter(({ aborted }) => aborted.has(name)).length / same.length;
    rules.set(name, rule).set(`ours as ${name}`, oursAtRate(rate, odds));
  }
  return rules;
}

/**
 * Ours with the threshold that just this share of rollouts went over. Where even the lowest threshold is too strict for as many false
 * aborts, some of the rollouts are aborted unseen.
 */
function oursAtRate(rate: number, odds: readonly number[]): (seed: number) => Abort {
  const mostOften = odds.filter((one) => one >= 1 / loosest).length / odds.length;
  const unseen = Math.max(0, (rate - mostOften) / (1 - mostOften));
  const falseAborts = unseen > 0 ? loosest : Math.min(loosest, 1 / percentile(odds, 1 - rate));
  return (seed) => (new Random(-seed).chance(unseen) ? { minute: () => 0 } : ours(falseAborts));
}

type Rules = ReadonlyMap<string, (seed: number) => Abort>;

/** All rules see the same requests. */
async function judgeWorse(live: Version, canary: Version, rules: Rules, signal: AbortSignal) {
  const outcomes = new Map([...rules.keys()].map((name) => [name, [] as Outcome[]]));
  for (let seed = 0; seed < rolloutsOfEach; seed++) {
    await breathe(signal);
    const requests = spread(seed, fewest, most);
    const found = follow({ seed: identicalRollouts + seed, requests, live, canary }, rules);
    for (const [name, outcome] of found) outcomes.get(name)?.push(outcome);
  }
  return outcomes;
}

function follow(rollout: Rollout, rules: Rules): Map<string, Outcome> {
  const followed = [...rules].map(([name, rule]) => ({
    name,
    rule: rule(rollout.seed),
    aborted: false,
    lost: 0,
  }));
  const slower = rollout.canary.slower > 1;
  for (const minute of minutes(rollout)) {
    const going = followed.filter(({ aborted }) => !aborted);
    if (going.length === 0) break;
    for (const one of going) {
      const at = one.rule.minute(minute);
      one.lost += lostIn(minute, at ?? minute.count, slower);
      one.aborted = at !== undefined;
    }
  }
  return new Map(followed.map(({ name, aborted, lost }) => [name, { aborted, lost }]));
}

/** How many of the first requests the canary failed or, where it is slower, answered. */
function lostIn({ canary, failed }: Requests, first: number, slower: boolean): number {
  let lost = 0;
  for (let i = 0; i < first; i++) if (canary[i] === 1 && (slower || failed[i] === 1)) lost++;
  return lost;
}

/** How many requests the canary answered until ours called it bad, at most 20,000. It gets a tenth of the requests. */
function untilBad(seed: number, live: Version, canary: Version): number {
  const own = ours(asked);
  let answered = 0;
  for (const requests of steady(seed, 0.1, live, canary)) {
    const at = own.minute(requests);
    answered += requests.canary.subarray(0, at ?? requests.count).reduce((sum, one) => sum + one, 0);
    if (at !== undefined || answered >= 20_000) break;
  }
  return answered;
}

/** Spread evenly over the orders of magnitude, whichever seeds are taken together: by steps of the golden ratio. */
function spread(seed: number, from: number, to: number): number {
  return Math.round(from * (to / from) ** ((seed * 0.618_033_988_749_895) % 1));
}

/** Lets a signal be noticed. */
async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
