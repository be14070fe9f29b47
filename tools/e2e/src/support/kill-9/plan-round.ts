import type { Random } from './random.js';

export const targets = ['platform', 'deployer', 'both'] as const;
export type Target = (typeof targets)[number];
/** Both at once is less likely. */
const likelyTargets = [...targets, 'platform', 'deployer', 'platform', 'deployer'] as const;

/** Kinds of files that a deploy writes, named after folders of the platform: see `untilMoment`. */
export const writes = ['app record', 'process record', 'image blob', 'platform record', 'claim'] as const;
export type Write = (typeof writes)[number];

/** When a deploy is killed. */
export type Moment =
  /** As a share of the time that an undisturbed deploy takes. */
  | { kind: 'time'; share: number }
  /** Right after the `nth` change in a folder. */
  | { kind: 'write'; of: Write; nth: number; thenMs: number };

export interface RoundPlan {
  target: Target;
  moment: Moment;
  /** Whether the platform was killed before, so that the deployer has to start it. */
  platformDown: boolean;
}

export function planRound(random: Random): RoundPlan {
  return {
    target: random.pick(likelyTargets),
    moment: planMoment(random),
    platformDown: random.chance(0.15),
  };
}

function planMoment(random: Random): Moment {
  if (random.chance(0.5)) return { kind: 'time', share: random.next() };
  const thenMs = random.chance(0.5) ? 0 : random.below(20);
  return { kind: 'write', of: random.pick(writes), nth: 1 + random.below(8), thenMs };
}

export function describeMoment(moment: Moment): string {
  if (moment.kind === 'time') return 'any time';
  return `after a write: ${moment.of}`;
}
