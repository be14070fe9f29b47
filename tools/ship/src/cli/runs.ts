import { runDeploy } from '../commands/deploy.js';
import { runHealthcheck } from '../commands/healthcheck.js';
import { runMerge } from '../commands/merge.js';
import { runPlan } from '../commands/plan.js';
import { runPromote } from '../commands/promote.js';
import { runRestart } from '../commands/restart.js';
import { runRollback } from '../commands/rollback.js';
import { runRollout } from '../commands/rollout.js';
import type { RunSkills } from '../commands/run.js';
import { runScale } from '../commands/scale.js';
import { runSmokeTest } from '../commands/smoke-test.js';
import { chooseSkills, inOrder } from '../workspace/choose-skills.js';
import type { OrderedPlace } from '../workspace/read-workspace.js';
import { buildAll } from './build.js';
import type { CommandCall, CommandRun } from './program.js';

export const healthcheckCommand = commandOf('healthcheck', runHealthcheck);
export const smokeTestCommand = commandOf('smoke-test', runSmokeTest);
export const rollbackCommand = commandOf('rollback', runRollback);
export const rolloutCommand = commandOf('rollout', runRollout);
export const promoteCommand = commandOf('promote', runPromote);
export const restartCommand = commandOf('restart', runRestart);
export const scaleCommand = commandOf('scale', runScale);
export const mergeCommand = commandOf('merge', runMerge);

/** Builds skills, and shows what a deploy would do. */
export const planCommand: CommandRun = (call) =>
  afterBuild(call, chooseSkills(call.workspace, call.names), 'plan', runPlan);

/** Builds skills and those that they depend on, and deploys them in order. */
export const deployCommand: CommandRun = (call) => {
  const chosen = chooseSkills(call.workspace, call.names);
  const places = call.only ? chosen : inOrder(chosen, call.workspace.places);
  return afterBuild(call, places, 'deploy', runDeploy);
};

function commandOf(name: string, run: RunSkills): CommandRun {
  return (call) => runSkills(call, chooseSkills(call.workspace, call.names), name, run);
}

async function afterBuild(
  call: CommandCall,
  places: readonly OrderedPlace[],
  name: string,
  run: RunSkills,
): Promise<number> {
  if (call.only) return runSkills(call, places, name, run);
  const failed = new Set(await buildAll(places, call.workspace));
  // In order, so that what a skill waits for is looked at before it.
  for (const { skill, dependencies } of places) {
    const missing = failed.has(skill) ? undefined : dependencies.find((one) => failed.has(one));
    if (missing === undefined) continue;
    failed.add(skill);
    process.stderr.write(`${skill} waits for ${missing}, which was not built.\n`);
  }
  const built = places.filter(({ skill }) => !failed.has(skill));
  const code = built.length > 0 ? await runSkills(call, built, name, run) : 1;
  return failed.size > 0 ? 1 : code;
}

async function runSkills(
  { options, workspace }: CommandCall,
  places: readonly OrderedPlace[],
  name: string,
  run: RunSkills,
): Promise<number> {
  const skills = places.map(({ skill }) => skill);
  const after = places.map(({ skill, dependencies }): [string, string[]] => [
    skill,
    dependencies.filter((one) => skills.includes(one)),
  ]);
  const tasks = { skills, places, task: `odoobo ${name}`, expected: skills.length, after: new Map(after) };
  const { outcomes, close } = await run(tasks, options, workspace);
  const failed = skills.flatMap((skill) => {
    const { success, output } = outcomes.get(skill) ?? { success: false, output: `${skill}: no result\n` };
    return success ? [] : [output];
  });
  // What prevents the whole run is the outcome of each.
  for (const output of new Set(failed)) process.stderr.write(output);
  close();
  return failed.length > 0 ? 1 : 0;
}
