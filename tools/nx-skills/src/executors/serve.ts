import type { ExecutorContext } from '@nx/devkit';
import { serveSkill } from '@odoobo/ship/commands/serve';
import { parseOptions } from '@odoobo/ship/runs/options';
import { serveOptions } from '@odoobo/ship/serve/options';
import { saidInWords } from './batch.js';
import { placeOf } from './context.js';

/** Runs a skill in development until it is stopped, or Nx has ended. */
export default function serveExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return saidInWords(async () => {
    const { projectName = '', targetName } = context;
    const place = placeOf(context, projectName);
    await serveSkill(place, parseOptions(serveOptions, rawOptions, `${projectName}:${targetName}`));
    return { success: true };
  });
}
