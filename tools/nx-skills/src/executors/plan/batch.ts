import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { countExpected, runTogether, type BatchResults } from '../batch.js';
import { runPlan } from './run.js';

/** Plans all skills of a run in one process: one look at the platform. */
export default function planBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const tasks = Object.values(taskGraph.tasks);
  const skills = tasks.map(({ target }) => target.project);
  const expected = countExpected(taskGraph, context);
  return runTogether(taskGraph, () => runPlan({ skills, expected }, inputs[tasks[0]?.id ?? ''], context));
}
