import type { ExecutorContext } from '@nx/devkit';
import { endAlone } from '../batch.js';
import { runWorktree } from './run.js';

/** Makes the worktree of one skill in a process of its own: a run of one. */
export default async function worktreeExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  return endAlone(skill, await runWorktree([skill], options, context));
}
