import type { RolloutStatus } from '../records/rollout-status.js';
import { printable } from '../terminal/printable.js';

/** What the routers of a rollout say, in one line: `step 2/3 at 10 %, waits for time; canary 2 of 340 failed, ...`. */
export function describeRollout(rollout: RolloutStatus): string {
  const counts = `canary ${countsOf(rollout.canary)}, live ${countsOf(rollout.live)}`;
  return `${standing(rollout)}; ${counts}; verdict ${rollout.verdict}`;
}

const conditions: Readonly<Record<string, string>> = {
  time: 'time',
  requests: 'requests',
  approval: 'an approval',
};

function standing({ phase, step, steps, weight, waits_for: waitsFor, because }: RolloutStatus): string {
  const at = step ? `step ${step}/${steps} at ${weight} %` : `at ${weight} %`;
  const why = because === undefined ? '' : `: ${printable(because)}`;
  switch (phase) {
    case 'out':
      return `the canary is out${why}`;
    case 'held':
      return `held in ${at}${why}`;
    case 'done':
      return 'all steps have ended';
    default:
      return waitsFor.length === 0
        ? at
        : `${at}, waits for ${waitsFor.map((one) => conditions[one] ?? one).join(' and ')}`;
  }
}

function countsOf({ requests, failures, p95 }: RolloutStatus['canary']): string {
  return `${failures} of ${requests} failed${p95 === undefined ? '' : ` (p95 ${p95} ms)`}`;
}
