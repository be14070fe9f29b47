import type { ExecutorContext } from '@nx/devkit';
import { freePort } from '@odoobo/local-platform/client';
import { once } from 'node:events';
import { join } from 'node:path';
import { loadManifest } from '../../manifest/load-manifest.js';
import { parseOptions } from '../options.js';
import { skillRootOf } from '../skill-root.js';
import { startDevServer } from './dev-server.js';
import { serveOptions } from './options.js';
import { runPythonServer } from './python-server.js';

/** Runs a skill in development until it is told to stop. */
export default async function serveExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  const options = parseOptions(serveOptions, rawOptions, `${skill}:serve`);
  const root = skillRootOf(context, skill);
  const { entry, runtime } = await loadManifest(context.root, root);
  const skillRoot = join(context.root, root);
  const port = options.port || (await freePort(new Set()));
  const signal = stopSignal();
  process.stdout.write(`${skill} on http://127.0.0.1:${port}, again after each change\n`);
  if (runtime === 'python') {
    const environment = join(context.root, '.nx/skills/python', skill);
    await runPythonServer({ skill, skillRoot, entry, environment, port, signal });
  } else {
    const report = (text: string) => void process.stderr.write(text);
    const stop = await startDevServer({ skillRoot, entry, port, report });
    if (!signal.aborted) await once(signal, 'abort');
    await stop();
  }
  return { success: true };
}

function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort());
  return stopping.signal;
}
