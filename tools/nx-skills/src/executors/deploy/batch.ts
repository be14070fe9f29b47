import type { ExecutorContext, Task, TaskGraph } from '@nx/devkit';
import { runTogether, type BatchResults } from '../batch.js';
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
  const expected = Object.values(context.taskGraph?.tasks ?? {}).filter(isDeploy(context)).length;
  return runTogether(taskGraph, () =>
    runDeploy({ tasks: requests, expected }, inputs[tasks[0]?.id ?? ''], context),
  );
}

function isDeploy({ projectsConfigurations }: ExecutorContext): (task: Task) => boolean {
  const executorOf = ({ project, target }: Task['target']) =>
    projectsConfigurations.projects[project]?.targets?.[target]?.executor;
  return ({ target }) => executorOf(target) === '@odoobo/nx-skills:deploy';
}
