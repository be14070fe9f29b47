import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runBatch, type BatchResults } from '../batch.js';
import { buildSkill } from './build-skill.js';

/** Builds all skills of a run in one process. A build waits for no other: what it needs is source. */
export default function buildBatch(
  taskGraph: TaskGraph,
  _inputs: Record<string, unknown>,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  return runBatch(taskGraph, (task) => buildSkill(context, task.target.project));
}
