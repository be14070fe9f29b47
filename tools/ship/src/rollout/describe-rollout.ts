import type { DeployEvent } from '@odoobo/app-platform';
import { printable } from '../terminal/printable.js';

type Seen = Extract<DeployEvent, { type: 'rollout' }>;

/** What the routers of a rollout say, in one line: `step 2/3 at 10 %, waits for time; canary 2 of 340 failed, ...`. */
export function describeRollout(event: Seen): string {
  const counts = `canary ${countsOf(event.canary)}, live ${countsOf(event.live)}`;
  return `${standing(event)}; ${counts}; verdict ${event.verdict}`;
}

const conditions: Readonly<Record<string, string>> = {
  time: 'time',
  requests: 'requests',
  approval: 'an approval',
};

function standing({ phase, step, weight, waitsFor, because }: Seen): string {
  const at = step ? `step ${step.index + 1}/${step.of} at ${weight} %` : `at ${weight} %`;
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

function countsOf({ requests, failures, p95 }: Seen['canary']): string {
  return `${failures} of ${requests} failed${p95 === undefined ? '' : ` (p95 ${p95} ms)`}`;
}
