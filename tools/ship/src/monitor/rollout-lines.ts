import { describeRollout } from '../rollout/describe-rollout.js';
import type { Style } from '../terminal/style.js';
import { wrap } from '../terminal/wrap.js';
import type { AppRollout, MonitorReport } from './report.js';

/**
 * Rollouts: step, weight, what each waits for, counts and verdict.
 * @param room number of lines, including an empty one and the title
 * @param columns longer lines are wrapped at this width
 */
export function rolloutLines(
  { skills }: MonitorReport,
  style: Style,
  room: number,
  columns = Infinity,
): string[] {
  const lines = skills.flatMap(({ skill, rollout }) =>
    rollout ? wrap(`  ${skill}  ${said(rollout, style)}`, columns) : [],
  );
  if (lines.length === 0 || room < 3) return [];
  return ['', `  ${style.bold('Rollouts')}`, ...lines].slice(0, room);
}

function said({ state, trouble }: AppRollout, style: Style): string {
  return state ? describeRollout(state) : style.red(trouble ?? 'no answer');
}

/** Such as `rollout 2/4 at 10 %`. */
export function briefRollout({ state }: AppRollout): string {
  if (!state) return 'rollout';
  const { step, steps, phase, weight } = state;
  if (phase === 'out') return 'rollout out';
  const at = step === undefined ? '' : ` ${step}/${steps}`;
  return `rollout${phase === 'held' ? ' held' : ''}${at} at ${weight} %`;
}
