import type { ExecutorContext } from '@nx/devkit';
import { describeError } from '../../terminal/describe-error.js';
import { writeTerminalOutput } from '../batch.js';
import { parseOptions } from '../options.js';
import { skillRootOf } from '../skill-root.js';
import { logsOptions } from './options.js';
import { readLogs } from './read-logs.js';

/** How long the platform may take to answer, in milliseconds. */
const deadlineMs = 60_000;

/** Shows a log of a skill. */
export default async function logsExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  try {
    const options = parseOptions(logsOptions, rawOptions, `${skill}:logs`);
    const signal = AbortSignal.timeout(deadlineMs);
    const where = { workspaceRoot: context.root, skillRoot: skillRootOf(context, skill), skill };
    return writeTerminalOutput({
      success: true,
      output: await readLogs(where, options, process.env, signal),
    });
  } catch (error) {
    return writeTerminalOutput({ success: false, output: `${describeError(error)}\n` });
  }
}
