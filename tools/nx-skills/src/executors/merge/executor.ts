import type { ExecutorContext } from '@nx/devkit';
import { endAlone } from '../batch.js';
import { runMerge } from './run.js';

/** Merges one skill in a process of its own: a run of one. */
export default async function mergeExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  return endAlone(skill, await runMerge([skill], options, context));
}
