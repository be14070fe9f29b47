import type { ExecutorContext } from '@nx/devkit';
import { writeTerminalOutput } from '../batch.js';
import { buildSkill } from './build-skill.js';

/** Builds one skill. */
export default async function buildExecutor(
  _options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return writeTerminalOutput(await buildSkill(context, context.projectName ?? ''));
}
