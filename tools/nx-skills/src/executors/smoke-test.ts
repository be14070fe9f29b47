import type { ExecutorContext } from '@nx/devkit';
import { parseOptions } from '@odoobo/ship/runs/options';
import type { RunEnd, SkillOutcome } from '@odoobo/ship/runs/run-end';
import { showChecks } from '@odoobo/ship/runs/show-checks';
import { firstProblems } from '@odoobo/ship/smoke-test/first-problems';
import { smokeTestOptions } from '@odoobo/ship/smoke-test/options';
import type { SkillReport } from '@odoobo/ship/smoke-test/report';
import { testSkills } from '@odoobo/ship/smoke-test/test-skills';
import { markOf, testTable } from '@odoobo/ship/smoke-test/test-table';
import { countSkills } from '@odoobo/ship/terminal/format';
import { batchOf, executorOf, type RunTasks } from './batch.js';

export default executorOf(runSmokeTest);

/** One batch per run: one API call, one table, one report. */
export const batch = batchOf(runSmokeTest);

/** Tests skills and shows the results. */
function runSmokeTest(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return showChecks(skills, async ({ look, print, onWarning, underWay }) => {
    skills.forEach((skill) => underWay.set(skill, 'testing'));
    const { report, files } = await testSkills({
      workspaceRoot: context.root,
      places,
      options: parseOptions(smokeTestOptions, rawOptions, task),
      env: process.env,
      onStart: (label) => print(`Testing ${countSkills(skills.length)} on ${label}\n`),
      onStage: (skill, { name, status }) =>
        underWay.set(skill, `${name}: ${status}`, status === 'failed' ? 'failing' : 'running'),
      onSkill: ({ skill, success }) => {
        underWay.delete(skill);
        print(`${markOf(success ? 'passed' : 'failed', look.style)} ${skill}`);
      },
      onWarning,
    });
    const outcomes = report.skills.map((skill): [string, SkillOutcome] => [
      skill.skill,
      toOutcome(skill, files),
    ]);
    return { outcomes: new Map(outcomes), table: testTable(report, files, look) };
  });
}

/** The first few problems of a skill; the report has all of them. */
function toOutcome(report: SkillReport, files: string): SkillOutcome {
  const { skill, success, url, stages } = report;
  const where = url === undefined ? '' : ` at ${url}`;
  if (success) return { success, output: `${skill}: passed ${stages.length} stages${where}\n` };
  const failed = stages.filter(({ status }) => status === 'failed').length;
  const skipped = stages.filter(({ status }) => status === 'skipped').length;
  const lines = [
    `${skill}: failed ${failed} of ${stages.length} stages${where}`,
    ...firstProblems(report, files).map((problem) => `  ${problem}`),
    ...(skipped > 0 ? [`  the other ${skipped} were skipped`] : []),
  ];
  return { success, output: `${lines.join('\n')}\n` };
}
