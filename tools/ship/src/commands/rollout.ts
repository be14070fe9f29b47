import { withDeadline } from '@odoobo/machine/time';
import { deployOptions } from '../deploy/options.js';
import { withNotifications } from '../notifications/with-notifications.js';
import { onPlacements } from '../placement/on-placements.js';
import { abortSkills } from '../rollout/abort-skills.js';
import { orderOf, reportFile, type RolloutOptions, rolloutOptions } from '../rollout/options.js';
import { reportOf } from '../rollout/report.js';
import { reportText } from '../rollout/report-text.js';
import { rolloutTable } from '../rollout/rollout-table.js';
import { type SteeredSkill, steerSkills } from '../rollout/steer-skills.js';
import { writeReport } from '../rollout/write-report.js';
import { parseOptions } from '../runs/options.js';
import type { RunEnd, SkillOutcome } from '../runs/run-end.js';
import { showChecks } from '../runs/show-checks.js';
import { showDeploys } from '../runs/show-deploys.js';
import { deployApps } from './deploy.js';
import { refuseSharedNames } from './refuse-shared-names.js';
import type { RunTasks, RunWorkspace } from './run.js';

/** The longest time for the answers of platform and routers, in milliseconds. */
const answerMs = 60_000;

/** Shows how far the rollouts of skills are, or steers them. */
export const runRollout = onPlacements(steerApps);

async function steerApps(tasks: RunTasks, rawOptions: unknown, workspace: RunWorkspace): Promise<RunEnd> {
  const options = parseOptions(rolloutOptions, rawOptions, tasks.task);
  const order = orderOf(options);
  if (order === 'promote') return promote(tasks, options, workspace);
  if (order === 'abort') return abort(tasks, options, workspace);
  return steer(tasks, options, workspace, order);
}

/** A deploy that waits for no step: it needs the version that is rolled out. */
function promote(tasks: RunTasks, options: RolloutOptions, workspace: RunWorkspace): Promise<RunEnd> {
  const { environment, platformUrl, baseImage, registry, timeout } = options;
  const deploy = deployOptions.parse({ environment, platformUrl, baseImage, registry, timeout });
  return deployApps(tasks, deploy, workspace, { promote: true });
}

function abort(
  { skills, places }: RunTasks,
  options: RolloutOptions,
  workspace: RunWorkspace,
): Promise<RunEnd> {
  return showDeploys({
    skills,
    expected: skills.length,
    heading: (some, label) => `Aborting the rollouts of ${some} on ${label}`,
    idle: () => 'No rollout is under way.',
    work: async (hooks) => {
      refuseSharedNames(places, workspace.places);
      const { environment } = options;
      const expected = skills.length;
      const run = { kind: 'rollback', environment, skills, expected, workspace, env: process.env } as const;
      return withNotifications(run, hooks, (notifying) =>
        abortSkills({ ...notifying, workspaceRoot: workspace.root, places, options, env: process.env }),
      );
    },
  });
}

function steer(
  { skills, places }: RunTasks,
  options: RolloutOptions,
  workspace: RunWorkspace,
  order: 'hold' | 'goOn' | 'approve' | undefined,
): Promise<RunEnd> {
  const file = reportFile(options, workspace.cwd, skills);
  return showChecks(skills, async ({ look, print }) => {
    const steered = await withDeadline(answerMs, undefined, (signal) =>
      steerSkills({
        workspaceRoot: workspace.root,
        places,
        options,
        env: process.env,
        order: order === 'goOn' ? 'go-on' : order,
        signal,
        onStart: (label) => print(`Rollouts on ${label}`),
      }),
    );
    const outcomes = steered.map((one): [string, SkillOutcome] => [one.skill, toOutcome(one, order)]);
    const reports = options.report
      ? steered.flatMap((one) => (one.state ? reportOf(one.skill, one.state) : []))
      : [];
    const [only] = reports;
    if (file !== undefined && only) {
      writeReport(file, only);
      print(`The report is in ${file}`);
    }
    const tables = [rolloutTable(steered, look), ...reports.map((report) => reportText(report, look))];
    return { outcomes: new Map(outcomes), table: tables.join('') };
  });
}

function toOutcome(
  { skill, state, trouble, leftAlone }: SteeredSkill,
  order: string | undefined,
): SkillOutcome {
  if (trouble !== undefined) return { success: false, output: `${skill}: ${trouble}\n` };
  if (state) return { success: true, output: `${skill}: rollout ${state.rollout} is ${state.phase}\n` };
  if (leftAlone)
    return { success: true, output: `${skill}: no recorded rollout of it is under way any more\n` };
  return { success: order === undefined, output: `${skill}: no rollout is under way\n` };
}
