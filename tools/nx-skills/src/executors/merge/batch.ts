import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runTogether, type BatchResults } from '../batch.js';
import { runMerge } from './run.js';

/** Merges all skills of a run in one process: each on top of the last, with one push. Nothing is depended on, so Nx makes one batch of a run. */
export default function mergeBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const tasks = Object.values(taskGraph.tasks);
  const skills = tasks.map(({ target }) => target.project);
  return runTogether(taskGraph, () => runMerge(skills, inputs[tasks[0]?.id ?? ''], context));
}
