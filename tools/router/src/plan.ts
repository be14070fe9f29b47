import type { RouterConfig } from './config.js';

/** A step with everything that its configuration left out. */
export interface Step {
  /** In percent. */
  weight: number;
  /** The share of copies, in percent. */
  share: number;
  requests: number;
  forMs: number;
  approve: boolean;
  deadlineMs: number;
}

/** The steps of a configuration; none where its weight is fixed. */
export function stepsOf({ steps = [], shadow }: Pick<RouterConfig, 'steps' | 'shadow'>): Step[] {
  let weight = 0;
  return steps.map((step) => {
    weight = step.weight ?? weight;
    const { shadow: share = shadow?.share ?? 0, requests = 0, for: forMs = 0, approve = false } = step;
    const deadlineMs = step.deadline ?? Math.max(4 * forMs, approve ? 24 * hourMs : 10 * minuteMs);
    return { weight, share, requests, forMs, approve, deadlineMs };
  });
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How long a rollout may be held: nothing waits for ever. */
export const heldMs = 24 * hourMs;

/** A hold, or the end of one. Of several, the last in time counts. */
export interface Hold {
  on: boolean;
  /** Milliseconds since the epoch, as all times here. */
  at: number;
  because: string;
  /** The step whose deadline made it; null where a person did, who means whatever step it is. */
  ofStep: number | null;
}

/**
 * How far a rollout is. Routers pass it on to each other as it is. Merging two of them gives the same whatever came first, and
 * merging one twice changes nothing.
 */
export interface Progress {
  /** The step, or the number of steps when all have ended. */
  index: number;
  /** When it began. */
  since: number;
  /** The steps that were approved. */
  approved: number[];
  hold: Hold | null;
  /** The requests to the canary in this step, by router. */
  counted: Record<string, number>;
}

/** What a step still waits for. */
export type Condition = 'time' | 'requests' | 'approval';

/** Moves through the steps of a rollout. It has no clock and no timer: who calls it says what time it is. */
export class Plan {
  #progress: Progress;

  /**
   * @param router who counts requests here
   * @param start when the first step begins: with the first request from `earliest` on, or without any at `latest`
   */
  constructor(
    readonly steps: readonly Step[],
    private readonly router: string,
    private readonly start: { earliest: number; latest: number },
    private readonly onTooLittle: RouterConfig['verdict']['onTooLittle'],
  ) {
    this.#progress = { index: 0, since: start.latest, approved: [], hold: null, counted: {} };
  }

  /** Users are served, or a person is there: the first step begins. @returns whether that is new */
  begin(now: number): boolean {
    const { index, since } = this.#progress;
    const begins = Math.max(now, this.start.earliest);
    if (index > 0 || since <= begins) return false;
    this.#progress.since = begins;
    return true;
  }

  get progress(): Progress {
    return structuredClone(this.#progress);
  }

  get index(): number {
    return this.#progress.index;
  }

  get isDone(): boolean {
    return this.index >= this.steps.length;
  }

  /** The step, the last one when all have ended. */
  get step(): Step {
    return this.steps[Math.min(this.index, this.steps.length - 1)] as Step;
  }

  /** Why it stands still; none where it does not. */
  get held(): Hold | undefined {
    const { hold, index } = this.#progress;
    if (!hold?.on || this.isDone) return undefined;
    return hold.ofStep === null || hold.ofStep === index ? hold : undefined;
  }

  get since(): number {
    return this.#progress.since;
  }

  /** When this state ends by itself, whatever happens. */
  get until(): number {
    const { since, hold } = this.#progress;
    const { held } = this;
    return held ? held.at + heldMs : Math.max(since, hold?.at ?? 0) + this.step.deadlineMs;
  }

  /** Takes how many requests the canary has had here in this step. */
  count(requests: number): void {
    this.#progress.counted[this.router] = requests;
  }

  waitsFor(now: number): Condition[] {
    if (this.isDone) return [];
    const { since, approved, index } = this.#progress;
    const { requests, forMs, approve } = this.step;
    const missing: Condition[] = [];
    if (now - since < forMs) missing.push('time');
    if (this.#seen < requests) missing.push('requests');
    if (approve && !approved.includes(index)) missing.push('approval');
    return missing;
  }

  /**
   * Does what is due now.
   * @returns why the rollout is to be aborted, if it is
   */
  look(now: number): string | undefined {
    while (!this.isDone && !this.held && now >= this.since) {
      const missing = this.waitsFor(now);
      if (missing.length === 0) this.#next(now);
      else if (now < this.until) return undefined;
      else {
        const because = this.#atDeadline(missing, now);
        if (because !== undefined) return because;
      }
    }
    if (!this.held || now < this.until) return undefined;
    return `The rollout was held for ${heldMs / hourMs} hours, and nobody let it go on: ${this.held.because}`;
  }

  /** An approval given twice is one. */
  approve(index: number): void {
    const { approved, hold } = this.#progress;
    if (!approved.includes(index)) approved.push(index);
    // Who approves it after its deadline answers what it was held for.
    if (hold?.on && hold.ofStep === index) this.#progress.hold = { ...hold, on: false };
  }

  hold(because: string, now: number): void {
    if (!this.held) this.#progress.hold = { on: true, at: now, because, ofStep: null };
  }

  /** A step that was held for want of requests ends with it: waiting on would bring no more. */
  goOn(because: string, now: number): void {
    const { held } = this;
    this.#progress.hold = { on: false, at: now, because, ofStep: null };
    if (held?.ofStep === this.index) this.#next(now);
  }

  /** Whether the last step is under way. */
  get isLast(): boolean {
    return this.index === this.steps.length - 1 && !this.held;
  }

  /** Ends the steps: what they were to find out is known. */
  conclude(now: number): void {
    Object.assign(this.#progress, { index: this.steps.length, since: now, counted: {} });
  }

  /** Takes over what another router knows: the later step, every approval, and the last word on holding. */
  merge({ index, since, approved, hold, counted }: Progress): void {
    const mine = this.#progress;
    if (index > mine.index) {
      Object.assign(mine, { index: Math.min(index, this.steps.length), since, counted: { ...counted } });
    } else if (index === mine.index) {
      mine.since = Math.min(mine.since, since);
      for (const [router, count] of Object.entries(counted))
        mine.counted[router] = Math.max(mine.counted[router] ?? 0, count);
    }
    mine.approved = [...new Set([...mine.approved, ...approved])];
    if (hold && (!mine.hold || isLater(hold, mine.hold))) mine.hold = { ...hold };
  }

  get #seen(): number {
    return Object.values(this.#progress.counted).reduce((sum, one) => sum + one, 0);
  }

  #next(now: number): void {
    Object.assign(this.#progress, { index: this.index + 1, since: now, counted: {} });
  }

  #atDeadline(missing: Condition[], now: number): string | undefined {
    const { index } = this;
    const needsApproval = missing.includes('approval');
    const because = needsApproval
      ? `Step ${index + 1} was not approved before its deadline.`
      : `Step ${index + 1} had ${this.#seen} of ${this.step.requests} requests to the canary at its deadline.`;
    if (this.onTooLittle === 'abort') return because;
    // An approval is a person's: no rule stands in for it.
    if (this.onTooLittle === 'go-on' && !needsApproval) this.#next(now);
    else this.#progress.hold = { on: true, at: now, because, ofStep: index };
    return undefined;
  }
}

/** At the same time, ending a hold is the answer to it. */
function isLater(one: Hold, other: Hold): boolean {
  return one.at > other.at || (one.at === other.at && !one.on && other.on);
}
