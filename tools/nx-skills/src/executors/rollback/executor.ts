import type { ExecutorContext } from '@nx/devkit';
import { endAlone } from '../batch.js';
import { runRollback } from './run.js';

/** Rolls one skill back in a process of its own: a run of one. */
export default async function rollbackExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  return endAlone(skill, await runRollback([skill], options, context));
}
