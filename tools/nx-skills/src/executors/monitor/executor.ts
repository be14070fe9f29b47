import type { ExecutorContext } from '@nx/devkit';
import { writeTerminalOutput } from '../batch.js';
import { runMonitor } from './run.js';

/** Where a user has turned batches off. */
export default async function monitorExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return writeTerminalOutput(await runMonitor(context.projectName ?? '', options, context));
}
