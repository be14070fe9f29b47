import type { ExecutorContext } from '@nx/devkit';
import { writeTerminalOutput } from '../batch.js';
import { runDeploy } from './run.js';

/** Deploys one skill in a process of its own: a run of one. */
export default async function deployExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  const { outcomes, close } = await runDeploy(
    { tasks: [{ skill, after: [] }], expected: 1 },
    options,
    context,
  );
  const outcome = outcomes.get(skill) ?? { success: false, output: 'no result\n' };
  if (!outcome.success) writeTerminalOutput(outcome);
  close();
  return { success: outcome.success };
}
