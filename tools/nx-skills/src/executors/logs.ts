import type { ExecutorContext } from '@nx/devkit';
import { showLogs } from '@odoobo/ship/commands/logs';
import { logsOptions } from '@odoobo/ship/logs/options';
import { parseOptions } from '@odoobo/ship/runs/options';
import { saidInWords } from './batch.js';
import { placeOf } from './context.js';
import { refuseReplaced } from './refuse-replaced.js';

/** Shows a log of a skill. */
export default function logsExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const { projectName = '', targetName = '' } = context;
  return saidInWords(async () => {
    refuseReplaced(context, [{ project: projectName, target: targetName }]);
    const options = parseOptions(logsOptions, rawOptions, `${projectName}:${targetName}`);
    await showLogs(placeOf(context, projectName), options);
    return { success: true };
  });
}
