import type { ExecutorContext } from '@nx/devkit';
import { deploySkills } from '@odoobo/ship/deploy/deploy-skills';
import { deployOptions } from '@odoobo/ship/deploy/options';
import { withNotifications } from '@odoobo/ship/notifications/with-notifications';
import { parseOptions } from '@odoobo/ship/runs/options';
import type { RunEnd } from '@odoobo/ship/runs/run-end';
import { type RunHooks, showDeploys } from '@odoobo/ship/runs/show-deploys';
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
