import type { ExecutorContext } from '@nx/devkit';
import type { RunEnd } from '../batch.js';
import { parseOptions } from '../options.js';
import { showRun } from '../shown-run.js';
import { skillRootOf } from '../skill-root.js';
import { deploySkills } from './deploy-skills.js';
import { deployOptions } from './options.js';

export interface DeployRunTasks {
  tasks: readonly { skill: string; after: string[] }[];
  /** How many skills the whole run of Nx deploys: these, and those of other batches. */
  expected: number;
}

/** Deploys skills and shows it. */
export async function runDeploy(
  { tasks, expected }: DeployRunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return showRun({
    skills: tasks.map(({ skill }) => skill),
    expected,
    heading: (skills, label) => `Deploying ${skills} to ${label}`,
    work: async (hooks) =>
      deploySkills({
        ...hooks,
        workspaceRoot: context.root,
        tasks: tasks.map((task) => ({ ...task, skillRoot: skillRootOf(context, task.skill) })),
        options: parseOptions(deployOptions, rawOptions, `${tasks[0]?.skill ?? ''}:deploy`),
        environment: process.env,
      }),
  });
}
