import { wouldChange, type SkillPlan } from '@odoobo/app-platform';
import type { ExecutorContext } from '@nx/devkit';
import { terminalKind } from '../../terminal/style.js';
import { failedRun, type RunEnd, type SkillOutcome } from '../batch.js';
import { suffixOf } from '../live-skills.js';
import { parseOptions } from '../options.js';
import { skillRootOf } from '../skill-root.js';
import { keepPlan } from './keep-plan.js';
import { jsonFile, planOptions, type PlanOptions } from './options.js';
import { planSkills } from './plan-skills.js';
import { showPlan } from './show-plan.js';

export interface PlanRunTasks {
  skills: readonly string[];
  /** How many skills the whole run of Nx plans: these, and those of other batches. */
  expected: number;
}

/** Plans skills and shows it. */
export async function runPlan(
  { skills, expected }: PlanRunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  const { style } = terminalKind(process.env);
  try {
    const options = parseOptions(planOptions, rawOptions, `${skills[0] ?? ''}:plan`);
    const json = jsonFile(options, context.cwd);
    const part = await planSkills({
      workspaceRoot: context.root,
      tasks: skills.map((skill) => ({ skill, skillRoot: skillRootOf(context, skill), after: [] })),
      options,
      environment: process.env,
      projectGraph: context.projectGraph,
      onWarning: (message) => process.stdout.write(`  ${style.yellow('!')} ${message}\n`),
    });
    const whole = keepPlan(part, context.root, json);
    return {
      outcomes: new Map(part.skills.map((plan) => [plan.skill, toOutcome(plan, options)])),
      close: () =>
        process.stdout.write(showPlan(part, whole, { style, expected, suffix: suffixOf(options) })),
    };
  } catch (error) {
    return failedRun(skills, error);
  }
}

function toOutcome(plan: SkillPlan, { failOnChange }: PlanOptions): SkillOutcome {
  const { skill, action, problem } = plan;
  if (problem !== undefined) return { success: false, output: `${skill} cannot be planned: ${problem}\n` };
  if (!failOnChange || !wouldChange(plan)) return { success: true, output: `${skill}: ${action}\n` };
  return { success: false, output: `${skill}: deploy would ${action} it (--fail-on-change)\n` };
}
