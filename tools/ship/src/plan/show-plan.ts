import { type SkillPlan, wouldChange } from '@odoobo/app-platform';
import { runner } from '@odoobo/machine/package-manager';
import { showPrice } from '../apps/show-app.js';
import { type CommandedSkill, commandOf } from '../manifest/skill-place.js';
import { optionFor } from '../runs/advice.js';
import { countSkills, formatDollars, formatDuration } from '../terminal/format.js';
import { runsBehindNx } from '../terminal/nx-stdout.js';
import { printable } from '../terminal/printable.js';
import type { ResultLook } from '../terminal/result-table.js';
import type { Style } from '../terminal/style.js';
import { table } from '../terminal/table.js';
import { wrap } from '../terminal/wrap.js';
import type { Plan, PlannedOrphan, PlannedSkill, PlanPart } from './plan.js';
import { showChange, showDrift, showEarlier } from './show-changes.js';
import { showCost, showSchedule, showTotal, unknownCosts } from './show-cost.js';
import { isEnough, showLoad } from './show-load.js';
import { showSinceDeployed } from './since-deployed.js';

const marks = {
  create: { mark: '+', color: 'green' },
  update: { mark: '~', color: 'yellow' },
  follow: { mark: '…', color: 'cyan' },
  none: { mark: '=', color: 'dim' },
  held: { mark: '‖', color: 'yellow' },
  failed: { mark: '✖', color: 'red' },
} as const;

export interface ShowOptions extends ResultLook {
  /** How many skills the whole run of Nx plans: these, and those of other batches. */
  expected: number;
  places: readonly CommandedSkill[];
  /** The options of a command for the same platform. */
  suffix: string;
}

/**
 * The plan of some skills, and the total of the whole run.
 * @param whole the run so far: these skills, and those that earlier batches have shown
 */
export function showPlan(
  { skills, environment, platform = environment }: PlanPart,
  whole: Plan,
  options: ShowOptions,
): string {
  const { style } = options;
  const sorted = [...skills].sort((a, b) => (a.skill < b.skill ? -1 : 1));
  // Shown once for the whole run.
  const orphans = whole.skills.length < options.expected ? [] : (whole.orphans ?? []);
  const rows = table([
    ...sorted.map((plan) => rowOf(plan, style)),
    ...orphans.map((orphan) => orphanRow(orphan, style)),
  ]);
  const lines = rows.flatMap((row, index) => {
    const plan = sorted[index];
    return [row, ...(plan ? detailsOf(plan, options).map((line) => `    ${line}`) : [])];
  });
  const shown = [
    '',
    `Plan for ${countSkills(skills.length)} on ${platform}`,
    '',
    ...lines,
    '',
    ...unknownCosts(whole.skills),
    ...unknownDrift(whole, style),
    style.bold(summary(whole, options.expected)),
    ...aboutOrphans(orphans, options),
    '',
  ];
  return shown
    .flatMap((line) => (line === '' ? [''] : wrap(`  ${line}`, options.columns)))
    .map((line) => `${line}\n`)
    .join('');
}

function rowOf(plan: SkillPlan, style: Style): string[] {
  const { mark, color } = marks[plan.action];
  const paint = style[color];
  const word = plan.action === 'failed' ? 'cannot be planned' : plan.action;
  const cost = plan.action === 'failed' ? '' : showCost(plan.cost);
  return [`${paint(mark)} ${plan.skill}`, paint(word), cost];
}

function orphanRow({ app, placement, cost }: PlannedOrphan, { red }: Style): string[] {
  const gone = placement === undefined ? 'skill deleted' : 'placement deleted';
  return [`${red('-')} ${printable(app)}`, red(gone), showPrice(cost)];
}

/** The cost of orphans is not part of the total: deploy does not change it. */
function aboutOrphans(orphans: readonly PlannedOrphan[], { suffix }: ShowOptions): string[] {
  if (orphans.length === 0) return [];
  const isPlaced = orphans.some(({ placement }) => placement !== undefined);
  const gone = isPlaced ? 'skill or placement' : 'skill';
  const [are, them] =
    orphans.length === 1
      ? [`1 app is left whose ${gone} was deleted`, 'it']
      : [
          `${orphans.length} apps are left whose ${isPlaced ? 'skills or placements' : 'skills'} were deleted`,
          'them',
        ];
  return [
    runsBehindNx()
      ? `${are}. See what would be deleted with ${them}, and delete ${them}: ${runner} nx-skills orphans${suffix}`
      : `${are}. Delete ${them} on the page of the platform.`,
  ];
}

function detailsOf(plan: PlannedSkill, { style, suffix, places }: ShowOptions): string[] {
  const { skill, changes, drift, rolledBack, pinned, overtakes, problem, since, refusal } = plan;
  const { removes, keeps, rollout, earlier } = plan;
  const command = commandOf(places, skill, suffix);
  const rollback = command('rollback');
  return [
    ...(problem?.split('\n').map(printable) ?? []),
    ...changes.map(showChange),
    ...(removes ? [style.yellow(`removes ${removes.map(printable).join(', ')}`)] : []),
    ...(plan.schedule ? [showSchedule(plan.schedule)] : []),
    ...(plan.load ? [isEnough(plan.load) ? showLoad(plan.load) : style.yellow(showLoad(plan.load))] : []),
    ...(keeps ? [`keeps ${keeps.map(printable).join(', ')}`] : []),
    ...(refusal && pinned === undefined
      ? [
          ...`deploy refuses this: ${refusal.message}`.split('\n').map((line) => style.red(printable(line))),
          ...(optionFor(refusal.code, command)?.split('\n') ?? []),
        ]
      : []),
    ...(rollout ? [showRollout(rollout)] : []),
    ...(earlier && wouldChange(plan) ? [showEarlier(earlier)] : []),
    ...(since ? [showSinceDeployed(since)] : []),
    ...(plan.action === 'follow' ? [`deployment ${plan.deploymentId ?? ''} is under way`] : []),
    ...(overtakes ? [`overtakes deployment ${overtakes.deploymentId}${causeOf(overtakes.cause)}`] : []),
    ...showDrift(drift).map((line) => style.yellow(line)),
    ...(rolledBack ? [`rolled back: ${rolledBack.deploymentId} restored ${rolledBack.to}`] : []),
    ...(pinned !== undefined && wouldChange(plan)
      ? [
          style.red(`pinned to ${pinned} by a rollback, so deploy refuses this.`),
          `Keep the rollback: ${rollback} --commit. Undo it: ${rollback} --revert`,
        ]
      : []),
  ];
}

function causeOf(cause: string | undefined): string {
  return cause === undefined ? ', which is under way' : `, which is under way (${printable(cause)})`;
}

function unknownDrift({ skills }: Plan, { dim }: Style): string[] {
  const unknown = skills.filter(
    ({ action, drift }) => action !== 'create' && action !== 'failed' && drift.state === 'unknown',
  );
  if (unknown.length === 0) return [];
  return [dim(`Drift cannot be detected for ${countSkills(unknown.length)}: no deploy is recorded here.`)];
}

function summary(plan: Plan, expected: number): string {
  const { create, update, follow, none, held, failed, drifted } = plan.summary;
  const counts = [
    [create, 'to create'],
    [update, 'to update'],
    [follow, 'under way'],
    [none, 'unchanged'],
    [held, 'held'],
    [failed, 'not planned'],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const drift = drifted > 0 ? `; ${drifted} drifted` : '';
  const all = plan.skills.length < expected ? `${plan.skills.length} of ${expected}` : plan.skills.length;
  const skills = `${all} ${expected === 1 ? 'skill' : 'skills'}`;
  return `${skills}: ${parts.join(', ')}${drift}. ${showTotal(plan)} Nothing was changed.`;
}

/** `rolled out in 4 steps, at least 25 min and an approval; $22.00 a month meanwhile`. */
function showRollout(rollout: NonNullable<SkillPlan['rollout']>): string {
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
