import type { ExecutorContext } from '@nx/devkit';
import { deploySkills } from '../deploy/deploy-skills.js';
import { deployOptions } from '../deploy/options.js';
import { withNotifications } from '../notifications/with-notifications.js';
import { parseOptions } from '../runs/options.js';
import type { RunEnd } from '../runs/run-end.js';
import { type RunHooks, showDeploys } from '../runs/show-deploys.js';
import { batchOf, executorOf, type RunTasks } from './batch.js';
import { refuseSharedNames, sourcesIn } from './context.js';

export default executorOf(runDeploy);

/** One batch per run: it needs only one poller and one limiter. */
export const batch = batchOf(runDeploy);

/** Deploys skills and shows progress and results. */
async function runDeploy(
  { skills, places, task, expected, after }: RunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return showDeploys({
    skills,
    expected,
    heading: (skills, label) => `Deploying ${skills} to ${label}`,
    work: async (hooks) => {
      const options = parseOptions(deployOptions, rawOptions, task);
      refuseSharedNames(places, context);
      const { environment } = options;
      const run = { kind: 'deploy', environment, skills, expected, context, env: process.env } as const;
      const work = (notifying: RunHooks) =>
        deploySkills({
          ...notifying,
          workspaceRoot: context.root,
          tasks: places.map((place) => ({ ...place, after: after.get(place.skill) ?? [] })),
          sources: sourcesIn(context),
          options,
          env: process.env,
        });
      // A preview is reported on its pull request: in a webhook it would look like the skill's own app.
      return options.preview === undefined ? withNotifications(run, hooks, work) : work(hooks);
    },
  });
}
