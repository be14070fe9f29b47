import type { ExecutorContext } from '@nx/devkit';
import { checkSkills, type SkillHealth } from '@odoobo/ship/healthcheck/check-skills';
import { healthTable } from '@odoobo/ship/healthcheck/health-table';
import { healthcheckOptions } from '@odoobo/ship/healthcheck/options';
import { parseOptions } from '@odoobo/ship/runs/options';
import type { RunEnd, SkillOutcome } from '@odoobo/ship/runs/run-end';
import { showChecks } from '@odoobo/ship/runs/show-checks';
import { countSkills } from '@odoobo/ship/terminal/format';
import { batchOf, executorOf, type RunTasks } from './batch.js';

export default executorOf(runHealthcheck);

/** One batch per run: one API call and one table. A process per skill would take half a second of CPU and an API call each. */
export const batch = batchOf(runHealthcheck);

/** Checks the health of skills and shows it. */
function runHealthcheck(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return showChecks(skills, async ({ look, print, onWarning, underWay }) => {
    const options = parseOptions(healthcheckOptions, rawOptions, task);
    const results = await checkSkills({
      workspaceRoot: context.root,
      places,
      options,
      env: process.env,
      onStart: (label) => print(`Checking ${countSkills(skills.length)} on ${label}\n`),
      onAsk: (skill) => underWay.set(skill, 'checking its health'),
      onTrouble: (skill, trouble) => {
        underWay.set(skill, trouble, 'failing');
        print(`${look.style.yellow('!')} ${skill}: ${trouble}; trying again for up to ${options.timeout} s`);
      },
      onAnswer: (skill) => underWay.delete(skill),
      onWarning,
    });
    const outcomes = results.map((result): [string, SkillOutcome] => [result.skill, toOutcome(result)]);
    return { outcomes: new Map(outcomes), table: healthTable(results, look) };
  });
}

function toOutcome({ skill, report, trouble }: SkillHealth): SkillOutcome {
  if (trouble !== undefined) return { success: false, output: `${trouble}\n` };
  return { success: true, output: `${skill}: healthy at ${report?.url ?? ''}\n` };
}
