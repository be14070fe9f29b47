import {
  type Assigned,
  type Difference,
  differenceOf,
  type OutcomeSample,
  type Ratio,
  ratioOf,
  sampleOf,
  type Variant,
  type Verdict,
} from '@odoobo/verdict';
import { type CountsReading, readingOf } from './counts.js';
import type { Moment } from './history.js';
import type { Condition } from './plan.js';
import type { Seen } from './said.js';
import { shadowOf, type ShadowReading } from './shadow.js';

/** Why the canary gets no more requests. */
export interface Out {
  at: string;
  because: string;
  /** Whether that is the end that was planned, of an experiment. */
  isPlanned: boolean;
}

/** `going`: through its steps. `done`: all have ended. `fixed`: it has none, the weight stays. */
export type Phase = 'going' | 'held' | 'done' | 'out' | 'fixed';

interface VariantReading extends CountsReading {
  /** What the service said in `x-skill-outcome`; null where it said nothing. */
  outcome: OutcomeSample | null;
}

/**
 * How far a rollout is, and what was seen of it: the answer to who asks a router. Counts, times, outcomes and copies are those of all
 * routers of the rollout together, as far as this one has heard of them, which is at most some seconds ago.
 */
export interface RouterState {
  rollout: string;
  phase: Phase;
  /** The step in progress, or that in which the canary was put out. */
  step: {
    /** From 0. */
    index: number;
    of: number;
    weight: number;
    since: string;
    /** When it is held for want of what it waits for or, if it is held, when the canary is put out. */
    until: string;
    waitsFor: Condition[];
  } | null;
  /** Why it stands still; null where it does not. */
  held: { since: string; because: string } | null;
  /** The percentage of the clients that the canary serves now: 0 when it is out. */
  weight: number;
  out: Out | null;
  verdict: Verdict;
  variants: Record<Variant, VariantReading>;
  /** By how much the outcomes of the canary are higher on average; null before both have 100. */
  outcome: Difference | null;
  shadow: ShadowReading | null;
  /** Whether each variant has got its share of the new clients; null where a header tells them apart: then nobody knows who is new. */
  ratio: Ratio | null;
  /** What the experiment has shown; null where there is none, or it has shown nothing yet. */
  better: Variant | null;
  /** How it came to this, as the router that answers has seen it. */
  history: readonly Moment[];
  routers: {
    /** How many there should be. */
    expected: number;
    /** Those that were heard of in the last half minute, this one first. Those that have ended are still in the counts. */
    heard: HeardRouter[];
  };
}

export interface HeardRouter {
  router: string;
  /** The requests that have ended there, failures included. */
  requests: number;
  /** How long ago that was said, in seconds. */
  secondsAgo: number;
}

/** What was counted, measured and compared. */
export type Totals = Pick<RouterState, 'variants' | 'outcome' | 'shadow'>;

/** What all routers have seen, together. */
export function totalOf(seen: readonly Seen[]): Totals & { ratio: Ratio } {
  const of = (variant: Variant): VariantReading => {
    const outcome = sampleOf(seen.map(({ outcomes }) => outcomes[variant]));
    const counts = readingOf(seen.map(({ variants }) => variants[variant]));
    return { ...counts, outcome: outcome.count > 0 ? outcome : null };
  };
  return {
    variants: { live: of('live'), canary: of('canary') },
    outcome: differenceOf(seen.map(({ outcomes }) => outcomes)) ?? null,
    shadow: shadowOf(seen.flatMap(({ shadow }) => shadow ?? [])),
    ratio: ratioOf(assignedOf(seen)),
  };
}

function assignedOf(seen: readonly Seen[]): Assigned[] {
  const all = new Map<number, Assigned>();
  for (const { tenths, live, canary } of seen.flatMap(({ assigned }) => assigned)) {
    const before = all.get(tenths) ?? { share: tenths / 1000, live: 0, canary: 0 };
    all.set(tenths, { ...before, live: before.live + live, canary: before.canary + canary });
  }
  return [...all.values()];
}
