import { onPlacements } from '../placement/on-placements.js';
import { parseOptions } from '../runs/options.js';
import type { RunEnd, SkillOutcome } from '../runs/run-end.js';
import { showChecks } from '../runs/show-checks.js';
import { firstProblems } from '../smoke-test/first-problems.js';
import { smokeTestOptions } from '../smoke-test/options.js';
import type { SkillReport } from '../smoke-test/report.js';
import { testSkills } from '../smoke-test/test-skills.js';
import { markOf, testTable } from '../smoke-test/test-table.js';
import { countSkills } from '../terminal/format.js';
import type { RunTasks, RunWorkspace } from './run.js';

/** Tests skills and shows the results. */
export const runSmokeTest = onPlacements(testApps);

function testApps(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  workspace: RunWorkspace,
): Promise<RunEnd> {
  return showChecks(skills, async ({ look, print, onWarning, underWay }) => {
    skills.forEach((skill) => underWay.set(skill, 'testing'));
    const { report, files } = await testSkills({
      workspaceRoot: workspace.root,
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
