import type { PostTasksExecution, PostTasksExecutionContext, Task } from '@nx/devkit';
import { recordFile } from '@odoobo/ship/manifest/output-folder';
import { basename } from 'node:path';
import { endRun } from './named-runs.js';

/**
 * Ends a run of Nx in which something failed: its deploys may have waited for others, which did not run, to report the
 * result. The tasks themselves report everything else: with the daemon on, this process does not have the environment
 * of the run, but that in which the daemon was started.
 */
export const postTasksExecution: PostTasksExecution = async (_options, ended) => {
  await refuseOutdated(ended);
  const name = endRun(ended.id);
  const failed = Object.values(ended.taskResults)
    .filter(({ status }) => status === 'failure')
    .map(({ task }) => task);
  if (!name || failed.length === 0) return;
  // Loaded only in this case: every command of Nx loads the hooks.
  const { notifyLeftOut } = await import('@odoobo/ship/notifications/notify-left-out');
  const workspace = { root: ended.workspaceRoot, plugins: ended.nxJsonConfiguration.plugins };
  const { readIdentity } = await import('@odoobo/ship/manifest/read-identity');
  const skillOf = ({ id, projectRoot = '' }: Task) => ({
    id,
    skill: readIdentity(workspace.root, projectRoot).id,
  });
  await notifyLeftOut({ name, failed: failed.map(skillOf), workspace, env: process.env });
};

/**
 * A deploy has looked at what it ships. A build alone was only taken from the cache.
 * @throws where a build from the cache is outdated, though Nx cannot know it
 */
async function refuseOutdated({ taskResults, workspaceRoot }: PostTasksExecutionContext): Promise<void> {
  // The target of a build can have any name.
  const cached = Object.values(taskResults).flatMap(({ task: { outputs, projectRoot }, status }) => {
    const isBuild = outputs.some((path) => basename(path) === recordFile);
    return isBuild && projectRoot !== undefined && status.includes('cache') ? [projectRoot] : [];
  });
  if (cached.length === 0) return;
  // Loaded only in this case: every command of Nx loads the hooks.
  const { refuseOutdatedBuilds } = await import('@odoobo/ship/artefact/refuse-outdated');
  refuseOutdatedBuilds(workspaceRoot, cached);
}
