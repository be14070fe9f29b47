import { failedPlan, type SkillPlan, wouldChange } from '@odoobo/app-platform';
import { onPlacements } from '../placement/on-placements.js';
import { keepPlan } from '../plan/keep-plan.js';
import { jsonFile, type PlanOptions, planOptions } from '../plan/options.js';
import type { PlanPart } from '../plan/plan.js';
import { planSkills } from '../plan/plan-skills.js';
import { showPlan } from '../plan/show-plan.js';
import { runName } from '../records/run-name.js';
import { rolloutForAll } from '../rollout/rollout-for-all.js';
import { suffixOf } from '../runs/live-skills.js';
import { parseOptions } from '../runs/options.js';
import type { RunEnd, SkillOutcome } from '../runs/run-end.js';
import { showChecks } from '../runs/show-checks.js';
import { describeError } from '../terminal/describe-error.js';
import { refuseSharedNames } from './refuse-shared-names.js';
import type { RunTasks, RunWorkspace } from './run.js';

/** Plans skills and shows the plan. */
export const runPlan = onPlacements(planApps);

function planApps(
  { skills, places, task, expected }: RunTasks,
  rawOptions: unknown,
  workspace: RunWorkspace,
): Promise<RunEnd> {
  return showChecks(skills, async ({ look, onWarning, underWay }) => {
    const options = parseOptions(planOptions, rawOptions, task);
    refuseSharedNames(places, workspace.places);
    const json = jsonFile(options, workspace.cwd);
    const keep = (part: PlanPart) => keepPlan(part, workspace.root, json);
    skills.forEach((skill) => underWay.set(skill, 'planning'));
    const part = await planSkills({
      workspaceRoot: workspace.root,
      tasks: places.map((place) => ({ ...place, after: [] })),
      plansAll: expected === workspace.places.length,
      options,
      rolloutForAll: rolloutForAll(workspace.plugins),
      env: process.env,
      sources: workspace.sources,
      onWarning,
    }).catch((error: unknown) => {
      keep(noPlan(skills, options, error));
      throw error;
    });
    const outcomes = part.skills.map((plan): [string, SkillOutcome] => [
      plan.skill,
      toOutcome(plan, options),
    ]);
    const table = showPlan(part, keep(part), { ...look, expected, suffix: suffixOf(options), places });
    return { outcomes: new Map(outcomes), table };
  });
}

/** The plan of a failed run, so that its reader learns the reason. */
function noPlan(skills: readonly string[], { environment }: PlanOptions, error: unknown): PlanPart {
  const { run, startedAt } = runName(process.env, 'plan');
  const problem = describeError(error);
  return { run, startedAt, environment, skills: skills.map((skill) => failedPlan(skill, problem)) };
}

function toOutcome(plan: SkillPlan, { failOnChange }: PlanOptions): SkillOutcome {
  const { skill, action, problem } = plan;
  if (action === 'failed')
    return { success: false, output: `${skill} cannot be planned: ${problem ?? ''}\n` };
  if (!failOnChange || !wouldChange(plan)) return { success: true, output: `${skill}: ${action}\n` };
  return { success: false, output: `${skill}: deploy would ${action} it (--fail-on-change)\n` };
}
