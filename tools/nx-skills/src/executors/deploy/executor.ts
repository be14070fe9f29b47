import type { ExecutorContext } from '@nx/devkit';
import { endAlone } from '../batch.js';
import { runDeploy } from './run.js';

/** Deploys one skill in a process of its own: a run of one. */
export default async function deployExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  return endAlone(skill, await runDeploy({ tasks: [{ skill, after: [] }], expected: 1 }, options, context));
}
