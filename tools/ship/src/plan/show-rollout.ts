import type { SkillPlan } from '@odoobo/app-platform';
import { formatDollars, formatDuration } from '../terminal/format.js';

/** `rolled out in 4 steps, at least 25 min and an approval; $22.00 a month meanwhile`. */
export function showRollout(rollout: NonNullable<SkillPlan['rollout']>): string {
  const { state, steps, leastSeconds, needsApproval, costMeanwhile } = rollout;
  if (state === 'ends') return 'ends the rollout that is under way, without its new version';
  const takes = [
    ...(leastSeconds > 0 ? [`at least ${formatDuration(leastSeconds * 1000)}`] : []),
    ...(needsApproval ? ['an approval'] : []),
  ].join(' and ');
  const how = `${steps} ${steps === 1 ? 'step' : 'steps'}${takes === '' ? '' : `, ${takes}`}`;
  const what = state === 'begins' ? `rolled out in ${how}` : `its rollout is under way: ${how}`;
  return costMeanwhile === undefined ? what : `${what}; ${formatDollars(costMeanwhile)} a month meanwhile`;
}
