import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runTogether, type BatchResults } from '../batch.js';
import { runRollback } from './run.js';

/** Rolls back all skills of a run in one process: one poller, one limiter. Nothing is depended on, so Nx makes one batch of a run. */
export default function rollbackBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const tasks = Object.values(taskGraph.tasks);
  const skills = tasks.map(({ target }) => target.project);
  return runTogether(taskGraph, () => runRollback(skills, inputs[tasks[0]?.id ?? ''], context));
}
