import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runTogether, type BatchResults } from '../batch.js';
import { runSmokeTest } from './run.js';

/** Tests all skills of a run in one process: one call of the platform's API, one table, one report. */
export default function smokeTestBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const tasks = Object.values(taskGraph.tasks);
  const skills = tasks.map(({ target }) => target.project);
  return runTogether(taskGraph, () => runSmokeTest(skills, inputs[tasks[0]?.id ?? ''], context));
}
