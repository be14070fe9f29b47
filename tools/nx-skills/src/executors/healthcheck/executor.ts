import type { ExecutorContext } from '@nx/devkit';
import { endAlone } from '../batch.js';
import { runHealthcheck } from './run.js';

/** Checks one skill in a process of its own: a run of one. */
export default async function healthcheckExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  return endAlone(skill, await runHealthcheck([skill], options, context));
}
