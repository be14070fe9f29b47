import type { ExecutorContext } from '@nx/devkit';
import { endAlone } from '../batch.js';
import { runPlan } from './run.js';

/** Plans one skill in a process of its own: a run of one. */
export default async function planExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  return endAlone(skill, await runPlan({ skills: [skill], expected: 1 }, options, context));
}
