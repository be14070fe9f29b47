import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runBatch, type BatchResults } from '../batch.js';
import { runMonitor } from './run.js';

/**
 * There is one task, and it is a batch all the same: in a batch it has the terminal of the user, and is told when its size
 * changes; alone, Nx gives it a terminal of its own whose size never does.
 */
export default function monitorBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  return runBatch(taskGraph, ({ id, target }) => runMonitor(target.project, inputs[id], context));
}
