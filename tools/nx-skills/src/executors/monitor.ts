import type { ExecutorContext, Task, TaskGraph } from '@nx/devkit';
import { runMonitor } from '@odoobo/ship/monitor/run-monitor';
import { notifyOfMonitor } from '@odoobo/ship/notifications/notify-of-monitor';
import type { SkillOutcome } from '@odoobo/ship/runs/run-end';
import { type BatchResults, runBatch, writeTerminalOutput } from './batch.js';
import { skillsIn } from './context.js';
import { refuseReplaced } from './refuse-replaced.js';

/** For users who have turned batches off. */
export default async function monitorExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const { projectName: project = '', targetName: target = '' } = context;
  return writeTerminalOutput(await monitor({ project, target }, options, context));
}

/**
 * There is only one task, but it runs as a batch: a batch has the user's terminal, and is notified when its size
 * changes; a single task gets a terminal from Nx whose size never changes.
 */
export function batch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  return runBatch(taskGraph, ({ id, target }) => monitor(target, inputs[id], context));
}

function monitor(
  { project, target }: Task['target'],
  options: unknown,
  context: ExecutorContext,
): Promise<SkillOutcome> {
  refuseReplaced(context, [{ project, target }]);
  const { root, projectsConfigurations, nxJsonConfiguration } = context;
  return runMonitor({
    task: `${project}:${target}`,
    options,
    workspaceRoot: root,
    places: skillsIn(projectsConfigurations.projects, root),
    env: process.env,
    onReport: (environment) => notifyOfMonitor(nxJsonConfiguration?.plugins, environment, process.env),
  });
}
