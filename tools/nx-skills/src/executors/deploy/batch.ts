import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { countExpected, runTogether, type BatchResults } from '../batch.js';
import { runDeploy } from './run.js';

/** Deploys all skills of a run in one process: one poller, one limiter. */
export default function deployBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const tasks = Object.values(taskGraph.tasks);
  const skillOf = new Map(tasks.map((task) => [task.id, task.target.project]));
  const requests = tasks.map((task) => ({
    skill: task.target.project,
    after: (taskGraph.dependencies[task.id] ?? []).flatMap((id) => skillOf.get(id) ?? []),
  }));
  const expected = countExpected(taskGraph, context);
  return runTogether(taskGraph, () =>
    runDeploy({ tasks: requests, expected }, inputs[tasks[0]?.id ?? ''], context),
  );
}
