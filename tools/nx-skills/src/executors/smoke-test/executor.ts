import type { ExecutorContext } from '@nx/devkit';
import { endAlone } from '../batch.js';
import { runSmokeTest } from './run.js';

/** Tests one skill in a process of its own: a run of one. */
export default async function smokeTestExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  return endAlone(skill, await runSmokeTest([skill], options, context));
}
