import type { ExecutorContext } from '@nx/devkit';
import { withNotifications } from '../../notifications/with-notifications.js';
import type { RunEnd } from '../batch.js';
import { parseOptions } from '../options.js';
import { showRun, type RunHooks } from '../shown-run.js';
import { skillRootOf } from '../skill-root.js';
import { sourcesIn } from '../sources.js';
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
  const skills = tasks.map(({ skill }) => skill);
  return showRun({
    skills,
    expected,
    heading: (skills, label) => `Deploying ${skills} to ${label}`,
    work: async (hooks) => {
      const options = parseOptions(deployOptions, rawOptions, `${tasks[0]?.skill ?? ''}:deploy`);
      const { environment } = options;
      const run = { kind: 'deploy', environment, skills, expected, context, env: process.env } as const;
      const work = (told: RunHooks) =>
        deploySkills({
          ...told,
          workspaceRoot: context.root,
          tasks: tasks.map((task) => ({ ...task, skillRoot: skillRootOf(context, task.skill) })),
          sources: sourcesIn(context),
          options,
          environment: process.env,
        });
      // A preview is told of on its pull request: a webhook would take it for the skill's own app.
      return options.preview === undefined ? withNotifications(run, hooks, work) : work(hooks);
    },
  });
}
