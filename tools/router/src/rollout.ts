import { Judge, Outcomes, type Variant, type Verdict } from '@odoobo/verdict';
import { Cohort } from './cohort.js';
import type { RouterConfig } from './config.js';
import { Counts } from './counts.js';
import { betterOf, describeOutcome } from './experiment.js';
import { History, type Moment } from './history.js';
import { Plan, type Progress, stepsOf } from './plan.js';
import { Probation } from './probation.js';
import type { Said, Seen } from './said.js';
import type { ShadowReading } from './shadow.js';
import { type Out, type Phase, type RouterState, totalOf, type Totals } from './state.js';

/** What a person, or a program for one, may tell a router to do. */
export interface Command {
  rollout: string;
  do: 'approve' | 'hold' | 'go-on' | 'abort';
  step?: number | undefined;
  because?: string | undefined;
}

/** Why a command changes nothing: it means another rollout or step, or it cannot be done now. */
export interface Refusal {
  kind: 'stale' | 'impossible';
  because: string;
}

/** How a request ended. */
interface Ended {
  failed: boolean;
  ms: number;
  /** Whether it is a fair sample of its variant. */
  isJudged: boolean;
  outcome: number | undefined;
}

export type Log = (event: string, data: object) => void;

/** A router may be up long before the platform lets requests to it. Without any, the first step begins after so long. */
const firstRequestMs = 600_000;

/** One rollout: how far it is, what was seen of it, and whether the canary is trusted. */
export class Rollout {
  readonly #judge: Judge;
  readonly #counts = { live: new Counts(), canary: new Counts() };
  readonly #outcomes = new Outcomes();
  readonly probation: Probation;
  readonly cohort: Cohort;
  readonly #history = new History();
  readonly #assigned = new Map<number, Record<Variant, number>>();
  /** What other routers have seen. */
  readonly #others = new Map<string, Seen>();
  /** How much has happened here. */
  #at = 0;
  #config: RouterConfig;
  #plan: Plan | undefined;
  #out: Out | null = null;
  /** Requests to the canary that count, since the start. */
  #requests = 0;
  /** How many of them, or of the copies, there were when the step began. */
  #before = 0;
  #copies = 0;
  /** Who leaves after so many milliseconds has waited in vain. */
  #patienceMs = Infinity;
  /** What was logged last. */
  #told = { phase: '', index: -1 };

  /**
   * @param router the id of this one among the routers of the rollout
   * @param onNews called when other routers should know at once: the canary has failed a request, or is out
   */
  constructor(
    config: RouterConfig,
    readonly router: string,
    private readonly log: Log,
    private readonly onNews: () => void,
  ) {
    this.#config = config;
    this.probation = new Probation(config.routers);
    this.cohort = new Cohort(config.routers);
    this.#judge = judgeFor(config);
    this.#plan = planFor(config, router);
    this.#settle();
  }

  /** The same rollout by another configuration: what was seen stays, and so does the step. */
  configure(config: RouterConfig): void {
    const { progress } = this.#plan ?? {};
    this.#config = config;
    this.#plan = planFor(config, this.router);
    if (progress) this.#plan?.merge(progress);
    this.#settle();
  }

  get out(): Out | null {
    return this.#out;
  }

  /** In percent; 0 when the canary is out, and before the first step. */
  get weight(): number {
    if (this.#out) return 0;
    const plan = this.#plan;
    if (!plan) return this.#config.weight ?? 0;
    return Date.now() < plan.since ? 0 : plan.step.weight;
  }

  /** The share of copies, in percent. */
  get share(): number {
    if (this.#out) return 0;
    return this.#plan ? this.#plan.step.share : (this.#config.shadow?.share ?? 0);
  }

  get verdict(): Verdict {
    return this.#judge.verdict(this.#config.verdict.requests);
  }

  get phase(): Phase {
    if (this.#out) return 'out';
    if (!this.#plan) return 'fixed';
    if (this.#plan.isDone) return 'done';
    return this.#plan.held ? 'held' : 'going';
  }

  get progress(): Progress | null {
    return this.#plan?.progress ?? null;
  }

  get step(): RouterState['step'] {
    const plan = this.#plan;
    if (!plan || plan.isDone) return null;
    const { index, steps, step, since, until } = plan;
    return {
      index,
      of: steps.length,
      weight: step.weight,
      since: isoOf(since),
      until: isoOf(until),
      waitsFor: this.#out ? [] : plan.waitsFor(Date.now()),
    };
  }

  get held(): RouterState['held'] {
    const held = this.#out ? undefined : this.#plan?.held;
    return held ? { since: isoOf(held.at), because: held.because } : null;
  }

  /** What each router has seen, as far as it is known here. */
  seen(shadow: ShadowReading | null): Said['seen'] {
    const { found } = this.#judge;
    const variants = { live: this.#counts.live.sums, canary: this.#counts.canary.sums };
    const assigned = [...this.#assigned].map(([tenths, counts]) => ({ tenths, ...counts }));
    const outcomes = this.#outcomes.sums;
    const matched = this.cohort.good;
    const own = { at: this.#at, found, variants, outcomes, shadow, assigned, matched };
    return { ...Object.fromEntries(this.#others), [this.router]: own };
  }

  /** A request has come. @returns whether the first step begins with it */
  serve(): boolean {
    const begins = this.#plan?.begin(Date.now()) ?? false;
    if (begins) this.onNews();
    return begins;
  }

  /** The share of the canary has changed. */
  onWeight(): void {
    this.#outcomes.endPart();
  }

  /** Takes the end of a request. */
  saw(variant: Variant, { failed, ms, isJudged, outcome }: Ended): void {
    this.#at++;
    this.#counts[variant].add(failed, ms);
    if (isJudged) this.#judgeBy(variant, failed, ms, outcome);
    const wasOut = this.#out !== null;
    this.#heed();
    if (failed && variant === 'canary' && !wasOut) this.onNews();
  }

  #judgeBy(variant: Variant, failed: boolean, ms: number, outcome: number | undefined): void {
    if (outcome !== undefined && Number.isFinite(outcome)) this.#outcomes.add(variant, outcome);
    if (variant === 'canary') this.#requests++;
    else this.probation.sawLive();
    this.#judge.saw(variant, { failed, ms });
  }

  #heed(): void {
    if (this.#out) return;
    if (this.#judge.isBad) this.putOut(this.verdict.because);
    else if (this.cohort.isHopeless && !this.#liveFailsToo)
      this.putOut('The canary has failed every request so far that a match led to it.');
  }

  /** Then a canary that does as well may be what fixes it. */
  get #liveFailsToo(): boolean {
    const { requests, failures } = this.#judge.found.live;
    return 2 * failures > requests;
  }

  #weigh(seen: Said['seen']): void {
    for (const [router, one] of Object.entries(seen)) {
      if (router !== this.router && one.at > (this.#others.get(router)?.at ?? 0))
        this.#others.set(router, one);
    }
    const others = [...this.#others.values()].map(({ found }) => found);
    const rank = [...this.#others.keys()].filter((router) => router < this.router).length;
    const failures = others.reduce((sum, { canary }) => sum + canary.failures, 0);
    if (failures > 0) this.probation.warn(failures, rank);
    this.#judge.withOthers(others);
    this.cohort.othersGood = [...this.#others.values()].reduce((sum, { matched }) => sum + matched, 0);
    this.#heed();
  }

  /** Takes a client that left before its answer began: a failure only if it had waited longer than clients of live do. @returns whether it had */
  sawLeave(variant: Variant, { ms, isJudged }: Pick<Ended, 'ms' | 'isJudged'>): boolean {
    const failed = ms > this.#patienceMs;
    if (failed) this.saw(variant, { failed, ms, isJudged, outcome: undefined });
    else {
      this.#at++;
      this.#counts[variant].leave();
    }
    return failed;
  }

  /** A client that came for the first time, at a weight in tenths of a percent, has its answer. */
  assigned(variant: Variant, tenths: number): void {
    const counts = this.#assigned.get(tenths) ?? { live: 0, canary: 0 };
    counts[variant]++;
    this.#assigned.set(tenths, counts);
  }

  get history(): readonly Moment[] {
    return this.#history.moments;
  }

  /** Which variant the outcomes have shown to be better. */
  get better(): Variant | null {
    const { experiment } = this.#config;
    return experiment ? betterOf(experiment.better, this.total.outcome) : null;
  }

  /** What all routers have seen, but for copies. */
  get total(): Totals {
    return totalOf(Object.values(this.seen(null)));
  }

  /** Takes the end of a copy. */
  sawCopy(): void {
    this.#at++;
    this.#copies++;
  }

  /** Does what is due by now: steps end, deadlines pass. */
  look(): void {
    this.#patienceMs = this.#counts.live.nearlyAll;
    const plan = this.#plan;
    if (!plan || this.#out) return;
    plan.count(this.#seen - this.#before);
    const because = plan.look(Date.now());
    this.#concludeExperiment(plan);
    if (because !== undefined) this.putOut(because);
    else this.#settle();
  }

  /** Notes how it stands, once in a while. */
  remember(): void {
    if (!this.#out && this.#history.isDue(Date.now())) this.#note();
  }

  #note(): void {
    if (this.#at > 0) this.#history.add(Date.now(), { weight: this.weight, ...this.total });
  }

  /** An experiment ends with its last step, or as soon as it has shown what it was for. */
  #concludeExperiment(plan: Plan): void {
    const { experiment } = this.#config;
    if (!experiment || !(plan.isLast || plan.isDone)) return;
    const { better } = this;
    if (plan.isLast && better) plan.conclude(Date.now());
    if (!plan.isDone || (experiment.promote && better === 'canary')) return;
    this.putOut(`The experiment has ended: ${describeOutcome(this.total, better)}`, { isPlanned: true });
  }

  /** Takes over what another router says of the same rollout. */
  learn({ router, out, progress, seen }: Pick<Said, 'router' | 'out' | 'progress' | 'seen'>): void {
    if (progress) this.#plan?.merge(progress);
    if (out && !this.#out)
      this.putOut(`${out.isPlanned ? '' : 'Another router found it: '}${out.because}`, out);
    else this.#settle();
    this.probation.heard(router);
    const wasOut = this.#out !== null;
    this.#weigh(seen);
    if (this.#out && !wasOut) this.onNews();
  }

  /** @returns why it was not done; nothing where it was, or had been done before */
  command({ rollout, do: action, step, because = 'a person asked for it' }: Command): Refusal | undefined {
    const plan = this.#plan;
    if (rollout !== this.#config.rollout) return stale(`The rollout here is ${this.#config.rollout}.`);
    if (action === 'abort') {
      if (!this.#out) this.putOut(`Aborted: ${because}`);
      return undefined;
    }
    if (!plan) return impossible('The weight is fixed: there are no steps.');
    if (action === 'approve' && step !== undefined && plan.progress.approved.includes(step)) return undefined;
    if (step !== undefined && step !== plan.index)
      return stale(plan.isDone ? 'All steps have ended.' : `The rollout is at step ${plan.index} (from 0).`);
    if (this.#out) return impossible(`The canary is out: ${this.#out.because}`);
    if (plan.isDone) return impossible('All steps have ended.');
    return this.#steer(plan, action, because);
  }

  #steer(plan: Plan, action: 'approve' | 'hold' | 'go-on', because: string): Refusal | undefined {
    const now = Date.now();
    plan.begin(now);
    const waits = plan.waitsFor(now);
    if (action === 'approve' && !plan.step.approve)
      return impossible(`Step ${plan.index} (from 0) waits for no approval.`);
    if (action === 'go-on' && plan.held?.ofStep === plan.index && waits.includes('approval'))
      return impossible(
        `Step ${plan.index} (from 0) waits for an approval, which "go-on" is not: approve it.`,
      );
    if (action === 'approve') plan.approve(plan.index);
    else if (action === 'hold') plan.hold(because, now);
    else plan.goOn(because, now);
    this.look();
    return undefined;
  }

  /** The canary gets no request from now on. That is final for this rollout. */
  putOut(because: string, { at = new Date().toISOString(), isPlanned = false }: Partial<Out> = {}): void {
    this.#note();
    this.#out = { at, because, isPlanned };
    this.log('out', this.#out);
  }

  /** After whatever may have changed the step or the phase: says so, and counts for the new step from here. */
  #settle(): void {
    const { phase, step } = this;
    const index = this.#plan?.index ?? -1;
    const before = this.#told;
    this.#told = { phase, index };
    if (index !== before.index) this.#before = this.#seen;
    if (step && index !== before.index) this.log('step', step);
    if (phase === before.phase) return;
    if (phase === 'held') this.log('held', { ...this.held, step: index });
    else if (phase === 'done') this.log('done', { weight: this.weight });
    else if (before.phase === 'held') this.log('going on', { step: index });
  }

  /** Copies count where the canary gets nothing else. */
  get #seen(): number {
    return (this.#plan?.step.weight ?? 0) > 0 ? this.#requests : this.#copies;
  }
}

function planFor(config: RouterConfig, router: string): Plan | undefined {
  const steps = stepsOf(config);
  if (steps.length === 0) return undefined;
  const { startedAt, verdict } = config;
  const earliest = startedAt === undefined ? 0 : Date.parse(startedAt);
  const latest = Math.max(Date.now() + firstRequestMs, earliest);
  return new Plan(steps, router, { earliest, latest }, verdict.onTooLittle);
}

function judgeFor({ verdict, routers }: RouterConfig): Judge {
  const { falseAborts, maxFailures, p95 } = verdict;
  return new Judge({
    // Each router judges what it sees: together they may be wrong no more often than was asked.
    falseAborts: falseAborts / routers,
    ...(maxFailures !== undefined && { maxFailures }),
    ...(p95 && { p95 }),
  });
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function stale(because: string): Refusal {
  return { kind: 'stale', because };
}

function impossible(because: string): Refusal {
  return { kind: 'impossible', because };
}
