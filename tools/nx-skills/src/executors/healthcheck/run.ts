import type { ExecutorContext } from '@nx/devkit';
import { countSkills } from '../../terminal/format.js';
import { terminalKind } from '../../terminal/style.js';
import { failedRun, type RunEnd, type SkillOutcome } from '../batch.js';
import { parseOptions } from '../options.js';
import { placeOf } from '../skill-root.js';
import { checkSkills, type SkillHealth } from './check-skills.js';
import { healthTable } from './health-table.js';
import { healthcheckOptions } from './options.js';

/** Asks skills for their health and shows it. */
export async function runHealthcheck(
  skills: readonly string[],
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  const { style } = terminalKind(process.env);
  const print = (line: string) => process.stdout.write(`  ${line}\n`);
  try {
    const options = parseOptions(healthcheckOptions, rawOptions, `${skills[0] ?? ''}:healthcheck`);
    const results = await checkSkills({
      workspaceRoot: context.root,
      places: skills.map((skill) => placeOf(context, skill)),
      options,
      environment: process.env,
      onStart: (label) => print(`Asking ${countSkills(skills.length)} on ${label}\n`),
      onTrouble: (skill, trouble) =>
        print(`${style.yellow('!')} ${skill}: ${trouble}; trying again for up to ${options.timeout} s`),
      onWarning: (message) => print(`${style.yellow('!')} ${message}`),
    });
    return {
      outcomes: new Map(results.map((result) => [result.skill, toOutcome(result)])),
      close: () => process.stdout.write(healthTable(results, style)),
    };
  } catch (error) {
    return failedRun(skills, error);
  }
}

function toOutcome({ skill, report, trouble }: SkillHealth): SkillOutcome {
  if (trouble !== undefined) return { success: false, output: `${trouble}\n` };
  return { success: true, output: `${skill}: healthy at ${report?.url ?? ''}\n` };
}
