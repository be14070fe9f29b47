import type { ExecutorContext } from '@nx/devkit';
import { failedPlan, type SkillPlan, wouldChange } from '@odoobo/app-platform';
import { keepPlan } from '@odoobo/ship/plan/keep-plan';
import { jsonFile, type PlanOptions, planOptions } from '@odoobo/ship/plan/options';
import type { PlanPart } from '@odoobo/ship/plan/plan';
import { planSkills } from '@odoobo/ship/plan/plan-skills';
import { showPlan } from '@odoobo/ship/plan/show-plan';
import { runName } from '@odoobo/ship/records/run-name';
import { suffixOf } from '@odoobo/ship/runs/live-skills';
import { parseOptions } from '@odoobo/ship/runs/options';
import type { RunEnd, SkillOutcome } from '@odoobo/ship/runs/run-end';
import { showChecks } from '@odoobo/ship/runs/show-checks';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { batchOf, executorOf, type RunTasks } from './batch.js';
import { refuseSharedNames, sourcesIn, targetOf } from './context.js';

export default executorOf(runPlan);

/** One batch per run: the platform is read once. */
export const batch = batchOf(runPlan);

/** Plans skills and shows the plan. */
function runPlan(
  { skills, places, task, expected }: RunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return showChecks(skills, async ({ look, onWarning, underWay }) => {
    const options = parseOptions(planOptions, rawOptions, task);
    refuseSharedNames(places, context);
    const json = jsonFile(options, context.cwd);
    const keep = (part: PlanPart) => keepPlan(part, context.root, json);
    skills.forEach((skill) => underWay.set(skill, 'planning'));
    const part = await planSkills({
      workspaceRoot: context.root,
      tasks: places.map((place) => ({ ...place, after: [] })),
      plansAll: expected === countSkillsIn(context),
      options,
      env: process.env,
      sources: sourcesIn(context),
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

/** The number of skills that have this target. */
function countSkillsIn({ projectGraph }: ExecutorContext): number {
  const projects = Object.values(projectGraph.nodes);
  return projects.filter(({ data }) => targetOf(data.targets ?? {}, 'plan') !== undefined).length;
}

function toOutcome(plan: SkillPlan, { failOnChange }: PlanOptions): SkillOutcome {
  const { skill, action, problem } = plan;
  if (action === 'failed')
    return { success: false, output: `${skill} cannot be planned: ${problem ?? ''}\n` };
  if (!failOnChange || !wouldChange(plan)) return { success: true, output: `${skill}: ${action}\n` };
  return { success: false, output: `${skill}: deploy would ${action} it (--fail-on-change)\n` };
}
