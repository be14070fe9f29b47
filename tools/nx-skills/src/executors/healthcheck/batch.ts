import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runTogether, type BatchResults } from '../batch.js';
import { runHealthcheck } from './run.js';

/**
 * Checks all skills of a run in one process: one call of the platform's API and one table, where a process a skill would
 * take half a second of the processor and a call each. Nothing is depended on, so Nx makes one batch of a run.
 */
export default function healthcheckBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const tasks = Object.values(taskGraph.tasks);
  const skills = tasks.map(({ target }) => target.project);
  return runTogether(taskGraph, () => runHealthcheck(skills, inputs[tasks[0]?.id ?? ''], context));
}
