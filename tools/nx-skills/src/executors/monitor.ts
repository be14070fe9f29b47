import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runMonitor } from '@odoobo/ship/monitor/run-monitor';
import { notifyCrashLoops } from '@odoobo/ship/notifications/notify-crash-loops';
import type { SkillOutcome } from '@odoobo/ship/runs/run-end';
import { type BatchResults, runBatch, writeTerminalOutput } from './batch.js';
import { skillsIn } from './context.js';

/** For users who have turned batches off. */
export default async function monitorExecutor(
  options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return writeTerminalOutput(await monitor(context.projectName ?? '', options, context));
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
  return runBatch(taskGraph, ({ id, target }) => monitor(target.project, inputs[id], context));
}

function monitor(project: string, options: unknown, context: ExecutorContext): Promise<SkillOutcome> {
  const { root, projectsConfigurations, nxJsonConfiguration } = context;
  return runMonitor({
    task: `${project}:monitor`,
    options,
    workspaceRoot: root,
    places: skillsIn(projectsConfigurations.projects, root),
    env: process.env,
    onReport: (environment) => notifyCrashLoops(nxJsonConfiguration?.plugins, environment, process.env),
  });
}
