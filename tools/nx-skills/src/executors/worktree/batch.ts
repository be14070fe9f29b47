import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runTogether, type BatchResults } from '../batch.js';
import { runWorktree } from './run.js';

/**
 * Makes the worktrees of all skills of a run in one process: git loses some of those that are made at the same time.
 * Nothing is depended on, so Nx makes one batch of a run.
 */
export default function worktreeBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const tasks = Object.values(taskGraph.tasks);
  const skills = tasks.map(({ target }) => target.project);
  return runTogether(taskGraph, () => runWorktree(skills, inputs[tasks[0]?.id ?? ''], context));
}
