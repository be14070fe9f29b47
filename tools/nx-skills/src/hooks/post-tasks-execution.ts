import type { PostTasksExecution, Task } from '@nx/devkit';
import { endRun } from './named-runs.js';

/**
 * Ends a run of Nx in which something failed: its deploys may have waited for others, which did not run, to report the
 * result. The tasks themselves report everything else: with the daemon on, this process does not have the environment
 * of the run, but that in which the daemon was started.
 */
export const postTasksExecution: PostTasksExecution = async (_options, ended) => {
  const name = endRun(ended.id);
  const failed = Object.values(ended.taskResults)
    .filter(({ status }) => status === 'failure')
    .map(({ task }) => task);
  if (!name || failed.length === 0) return;
  // Loaded only in this case: every command of Nx loads the hooks.
  const { notifyLeftOut } = await import('../notifications/notify-left-out.js');
  const context = { root: ended.workspaceRoot, nxJsonConfiguration: ended.nxJsonConfiguration };
  const { readIdentity } = await import('../manifest/read-identity.js');
  const skillOf = ({ id, projectRoot = '' }: Task) => ({
    id,
    skill: readIdentity(context.root, projectRoot).id,
  });
  await notifyLeftOut({ name, failed: failed.map(skillOf), context, env: process.env });
};
