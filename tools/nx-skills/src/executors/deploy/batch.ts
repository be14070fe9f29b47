import type { ExecutorContext, Task, TaskGraph } from '@nx/devkit';
import type { BatchResults } from '../batch.js';
import { runDeploy } from './run.js';

/**
 * Deploys all skills of a run in one process: one poller, one limiter. The results come together at the end, because
 * Nx prints a line for each as it comes, into the middle of what is drawn here.
 */
export default async function* deployBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const startTime = Date.now();
  const tasks = Object.values(taskGraph.tasks);
  const skillOf = new Map(tasks.map((task) => [task.id, task.target.project]));
  const requests = tasks.map((task) => ({
    skill: task.target.project,
    after: (taskGraph.dependencies[task.id] ?? []).flatMap((id) => skillOf.get(id) ?? []),
  }));
  const expected = Object.values(context.taskGraph?.tasks ?? {}).filter(isDeploy(context)).length;
  const run = { tasks: requests, expected };
  const { outcomes, close } = await runDeploy(run, inputs[tasks[0]?.id ?? ''], context);
  for (const task of tasks) {
    const { success, output } = outcomes.get(task.target.project) ?? {
      success: false,
      output: 'no result\n',
    };
    yield { task: task.id, result: { success, terminalOutput: output, startTime, endTime: Date.now() } };
  }
  close();
}

function isDeploy({ projectsConfigurations }: ExecutorContext): (task: Task) => boolean {
  const executorOf = ({ project, target }: Task['target']) =>
    projectsConfigurations.projects[project]?.targets?.[target]?.executor;
  return ({ target }) => executorOf(target) === '@odoobo/nx-skills:deploy';
}
