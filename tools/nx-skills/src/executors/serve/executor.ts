import type { ExecutorContext } from '@nx/devkit';
import { freePort } from '@odoobo/local-platform/client';
import { join } from 'node:path';
import { loadManifest } from '../../manifest/load-manifest.js';
import { parseOptions } from '../options.js';
import { skillRootOf } from '../skill-root.js';
import { startDevServer } from './dev-server.js';
import { serveOptions } from './options.js';

/** Runs a skill in development until it is told to stop. */
export default async function serveExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  const options = parseOptions(serveOptions, rawOptions, `${skill}:serve`);
  const skillRoot = skillRootOf(context, skill);
  const { entry } = await loadManifest(context.root, skillRoot);
  const port = options.port || (await freePort(new Set()));
  const report = (text: string) => void process.stderr.write(text);
  const stop = await startDevServer({ skillRoot: join(context.root, skillRoot), entry, port, report });
  process.stdout.write(`${skill} on http://127.0.0.1:${port}, again after each change\n`);
  await stopSignal();
  await stop();
  return { success: true };
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
