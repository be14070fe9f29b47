import { deploySkills } from '../deploy/deploy-skills.js';
import { deployOptions } from '../deploy/options.js';
import { withNotifications } from '../notifications/with-notifications.js';
import { onPlacements } from '../placement/on-placements.js';
import type { PlacedSkills } from '../placement/place-skills.js';
import { earlierWave, restOfWave } from '../placement/waves.js';
import { rolloutForAll } from '../rollout/rollout-for-all.js';
import { parseOptions } from '../runs/options.js';
import type { RunEnd } from '../runs/run-end.js';
import { type RunHooks, showDeploys } from '../runs/show-deploys.js';
import { refuseSharedNames } from './refuse-shared-names.js';
import type { RunTasks, RunWorkspace } from './run.js';

/** Deploys skills and shows progress and results. */
export const runDeploy = onPlacements(deployApps);

interface Promoting {
  /** Only gives to all what is rolled out. */
  promote?: boolean;
  /** Deploys what is live in another environment, in these apps of each skill. */
  promotion?: { from: string; sources: PlacedSkills };
}

/** Like `runDeploy`, for the apps of skills. */
export async function deployApps(
  { skills, places, task, expected, after }: RunTasks,
  rawOptions: unknown,
  workspace: RunWorkspace,
  { promote = false, promotion }: Promoting = {},
): Promise<RunEnd> {
  return showDeploys({
    skills,
    expected,
    heading: (skills, label) =>
      promotion
        ? `Promoting ${skills} from ${promotion.from} on ${label}`
        : `${promote ? 'Promoting' : 'Deploying'} ${skills} ${promote ? 'on' : 'to'} ${label}`,
    work: async (hooks) => {
      const options = parseOptions(deployOptions, rawOptions, task);
      refuseSharedNames(places, workspace.places);
      const { environment } = options;
      const run = { kind: 'deploy', environment, skills, expected, workspace, env: process.env } as const;
      const work = (notifying: RunHooks) =>
        deploySkills({
          ...notifying,
          workspaceRoot: workspace.root,
          tasks: places.map((place) => ({
            ...place,
            after: after.get(place.skill) ?? [],
            earlier: earlierWave(place, places),
            ...(options.rollbackWave && { together: restOfWave(place, places) }),
          })),
          sources: workspace.sources,
          options: { ...options, ...(promotion && { from: promotion.from }) },
          promote,
          sourcesOfPromotion: promotion?.sources,
          rolloutForAll: rolloutForAll(workspace.plugins),
          env: process.env,
        });
      // A preview is reported on its pull request: in a webhook it would look like the skill's own app.
      return options.preview === undefined ? withNotifications(run, hooks, work) : work(hooks);
    },
  });
}
