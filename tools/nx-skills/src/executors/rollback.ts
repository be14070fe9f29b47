import type { ExecutorContext } from '@nx/devkit';
import { withNotifications } from '@odoobo/ship/notifications/with-notifications';
import { checkTogether, rollbackOptions } from '@odoobo/ship/rollback/options';
import { rollBackSkills } from '@odoobo/ship/rollback/roll-back-skills';
import { parseOptions } from '@odoobo/ship/runs/options';
import type { RunEnd } from '@odoobo/ship/runs/run-end';
import { showDeploys } from '@odoobo/ship/runs/show-deploys';
import { countSkills } from '@odoobo/ship/terminal/format';
import { batchOf, executorOf, type RunTasks } from './batch.js';
import { refuseSharedNames } from './context.js';

export default executorOf(runRollback);

/** One batch per run: it needs only one poller and one limiter. */
export const batch = batchOf(runRollback);

/** Rolls skills back and shows progress and results. */
async function runRollback(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return showDeploys({
    skills,
    expected: skills.length,
    heading: (skills, label) => `Rolling back ${skills} on ${label}`,
    idle: (skills) => `Nothing to roll back: ${countSkills(skills)} unchanged.`,
    work: async (hooks) => {
      const options = parseOptions(rollbackOptions, rawOptions, task);
      checkTogether(options);
      refuseSharedNames(places, context);
      const { environment } = options;
      const expected = skills.length;
      const run = { kind: 'rollback', environment, skills, expected, context, env: process.env } as const;
      return withNotifications(run, hooks, (notifying) =>
        rollBackSkills({
          ...notifying,
          workspaceRoot: context.root,
          places,
          options,
          env: process.env,
        }),
      );
    },
  });
}
