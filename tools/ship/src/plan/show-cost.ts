import type { Cost, SkillPlan } from '@odoobo/app-platform';
import { formatDollars } from '../terminal/format.js';
import { printable } from '../terminal/printable.js';
import type { Plan, PlannedSkill } from './plan.js';

/** `$5.00 a month`, `$5.00 -> $12.00 a month`. */
export function showCost({ now, after }: Cost): string {
  // An app that does not exist costs nothing, so this is not shown.
  if (after === undefined) return now ? `${formatDollars(now)} a month -> unknown` : 'cost unknown';
  if (now === undefined) return `unknown -> ${formatDollars(after)} a month`;
  return `${now === after || now === 0 ? '' : `${formatDollars(now)} -> `}${formatDollars(after)} a month`;
}

/** What a schedule saves, in a sentence. */
export function showSchedule({ without, with: average }: NonNullable<PlannedSkill['schedule']>): string {
  const saved = without - average;
  const what = `${formatDollars(Math.abs(saved))} ${saved < 0 ? 'more ' : ''}a month`;
  const than = `${formatDollars(average)} on average instead of ${formatDollars(without)}`;
  return `the schedule ${saved < 0 ? 'costs' : 'saves'} ${what}: ${than}`;
}

/** The total cost, in a sentence. */
export function showTotal({ skills, summary }: Plan): string {
  const { now, after, skillsOfUnknownCost: unknown } = summary.cost;
  if (unknown === skills.length) return 'The cost is unknown.';
  const total = now === after ? formatDollars(after) : `${formatDollars(now)} -> ${formatDollars(after)}`;
  return `${total} a month${unknown > 0 ? `, and ${unknown} of unknown cost` : ''}.`;
}

/** Why costs are unknown, each reason once. */
export function unknownCosts(skills: readonly SkillPlan[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const { skill, action, cost } of skills) {
    if (cost.unknown === undefined || action === 'failed') continue;
    reasons.set(cost.unknown, [...(reasons.get(cost.unknown) ?? []), skill]);
  }
  return [...reasons].map(
    ([reason, names]) => `The cost of ${names.join(', ')} is unknown: ${printable(reason)}.`,
  );
}
