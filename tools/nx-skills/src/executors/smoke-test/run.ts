import type { ExecutorContext } from '@nx/devkit';
import { countSkills } from '../../terminal/format.js';
import { terminalKind, type Style } from '../../terminal/style.js';
import { failedRun, type RunEnd, type SkillOutcome } from '../batch.js';
import { parseOptions } from '../options.js';
import { placeOf } from '../skill-root.js';
import { smokeTestOptions } from './options.js';
import type { SkillReport } from './report.js';
import { testSkills } from './test-skills.js';
import { markOf, testTable } from './test-table.js';

/** Tests skills and shows it. */
export async function runSmokeTest(
  skills: readonly string[],
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  const { style } = terminalKind(process.env);
  const print = (line: string) => process.stdout.write(`  ${line}\n`);
  try {
    const { report, files } = await testSkills({
      workspaceRoot: context.root,
      places: skills.map((skill) => placeOf(context, skill)),
      options: parseOptions(smokeTestOptions, rawOptions, `${skills[0] ?? ''}:smoke-test`),
      environment: process.env,
      onStart: (label) => print(`Testing ${countSkills(skills.length)} on ${label}\n`),
      onSkill: ({ skill, success }) => print(`${markOf(success ? 'passed' : 'failed', style)} ${skill}`),
      onWarning: (message) => print(`${style.yellow('!')} ${message}`),
    });
    return {
      outcomes: new Map(report.skills.map((skill) => [skill.skill, toOutcome(skill, style)])),
      close: () => process.stdout.write(testTable(report, files, style)),
    };
  } catch (error) {
    return failedRun(skills, error);
  }
}

/** Everything that is wrong with a skill, stage by stage. */
function toOutcome({ skill, success, url, stages }: SkillReport, style: Style): SkillOutcome {
  const where = url === undefined ? '' : ` at ${url}`;
  if (success) return { success, output: `${skill}: passed ${stages.length} stages${where}\n` };
  const failed = stages.filter(({ status }) => status === 'failed');
  const skipped = stages.length - stages.filter(({ status }) => status !== 'skipped').length;
  const lines = [
    `${skill}: failed ${failed.length} of ${stages.length} stages${where}`,
    ...failed.flatMap(({ name, status, problems }) => [
      `  ${markOf(status, style)} ${name}`,
      ...problems.map((problem) => `      ${problem.replaceAll('\n', '\n      ')}`),
    ]),
    ...(skipped > 0 ? [`  - the other ${skipped} were skipped`] : []),
  ];
  return { success, output: `${lines.join('\n')}\n` };
}
