import type { ExecutorContext } from '@nx/devkit';
import { runProfile } from '@odoobo/ship/commands/profile';
import { profileOptions } from '@odoobo/ship/profile/options';
import { parseOptions } from '@odoobo/ship/runs/options';
import { saidInWords } from './batch.js';
import { placeOf } from './context.js';
import { refuseReplaced } from './refuse-replaced.js';

/** Profiles a live skill. */
export default function profileExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const { projectName = '', targetName = '' } = context;
  return saidInWords(async () => {
    refuseReplaced(context, [{ project: projectName, target: targetName }]);
    const options = parseOptions(profileOptions, rawOptions, `${projectName}:${targetName}`);
    await runProfile(placeOf(context, projectName), options);
    return { success: true };
  });
}
