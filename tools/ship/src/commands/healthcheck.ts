import { checkSkills, type SkillHealth } from '../healthcheck/check-skills.js';
import { healthTable } from '../healthcheck/health-table.js';
import { healthcheckOptions } from '../healthcheck/options.js';
import { onPlacements } from '../placement/on-placements.js';
import { parseOptions } from '../runs/options.js';
import type { RunEnd, SkillOutcome } from '../runs/run-end.js';
import { showChecks } from '../runs/show-checks.js';
import { countSkills } from '../terminal/format.js';
import type { RunTasks, RunWorkspace } from './run.js';

/** Checks the health of skills and shows it. */
export const runHealthcheck = onPlacements(checkApps);

function checkApps(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  workspace: RunWorkspace,
): Promise<RunEnd> {
  return showChecks(skills, async ({ look, print, onWarning, underWay }) => {
    const options = parseOptions(healthcheckOptions, rawOptions, task);
    const results = await checkSkills({
      workspaceRoot: workspace.root,
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
