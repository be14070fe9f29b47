import type { ExecutorContext } from '@nx/devkit';
import { countSkills } from '../../terminal/format.js';
import { askRun } from '../asked-run.js';
import type { RunEnd, SkillOutcome } from '../batch.js';
import { parseOptions } from '../options.js';
import { placeOf } from '../skill-root.js';
import { checkSkills, type SkillHealth } from './check-skills.js';
import { healthTable } from './health-table.js';
import { healthcheckOptions } from './options.js';

/** Asks skills for their health and shows it. */
export function runHealthcheck(
  skills: readonly string[],
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return askRun(skills, async ({ look, print, onWarning, underWay }) => {
    const options = parseOptions(healthcheckOptions, rawOptions, `${skills[0] ?? ''}:healthcheck`);
    const results = await checkSkills({
      workspaceRoot: context.root,
      places: skills.map((skill) => placeOf(context, skill)),
      options,
      environment: process.env,
      onStart: (label) => print(`Asking ${countSkills(skills.length)} on ${label}\n`),
      onAsk: (skill) => underWay.set(skill, 'asking for its health'),
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
