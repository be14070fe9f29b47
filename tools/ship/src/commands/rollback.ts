import { withNotifications } from '../notifications/with-notifications.js';
import { onPlacements } from '../placement/on-placements.js';
import { checkTogether, rollbackOptions } from '../rollback/options.js';
import { rollBackSkills } from '../rollback/roll-back-skills.js';
import { parseOptions } from '../runs/options.js';
import type { RunEnd } from '../runs/run-end.js';
import { showDeploys } from '../runs/show-deploys.js';
import { countSkills } from '../terminal/format.js';
import { refuseSharedNames } from './refuse-shared-names.js';
import type { RunTasks, RunWorkspace } from './run.js';

/** Rolls skills back and shows progress and results. */
export const runRollback = onPlacements(rollBackApps);

async function rollBackApps(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  workspace: RunWorkspace,
): Promise<RunEnd> {
  return showDeploys({
    skills,
    expected: skills.length,
    heading: (skills, label) => `Rolling back ${skills} on ${label}`,
    idle: (skills) => `Nothing to roll back: ${countSkills(skills)} unchanged.`,
    work: async (hooks) => {
      const options = parseOptions(rollbackOptions, rawOptions, task);
      checkTogether(options);
      refuseSharedNames(places, workspace.places);
      const { environment } = options;
      const expected = skills.length;
      const run = { kind: 'rollback', environment, skills, expected, workspace, env: process.env } as const;
      return withNotifications(run, hooks, (notifying) =>
        rollBackSkills({
          ...notifying,
          workspaceRoot: workspace.root,
          places,
          options,
          env: process.env,
        }),
      );
    },
  });
}
