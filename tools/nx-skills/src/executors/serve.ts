import type { ExecutorContext } from '@nx/devkit';
import { Beside } from '@odoobo/local-platform/client';
import { freePort } from '@odoobo/machine/network';
import { once } from 'node:events';
import { join } from 'node:path';
import { loadManifest } from '../manifest/load-manifest.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { parseOptions } from '../runs/options.js';
import { startDevServer } from '../serve/dev-server.js';
import { type ServeOptions, serveOptions } from '../serve/options.js';
import { runPythonServer } from '../serve/python-server.js';
import { saidInWords } from './batch.js';
import { skillRootOf } from './context.js';

/** The longest time for a service to drain before it is killed, in milliseconds. */
const stopMs = 5_000;

/** Runs a skill in development until it is stopped, or Nx has ended. */
export default function serveExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return saidInWords(async () => {
    const skill = context.projectName ?? '';
    const options = parseOptions(serveOptions, rawOptions, `${skill}:serve`);
    const beside = await Beside.open(workspaceFolders(context.root).platform, skill, stopMs);
    try {
      await serve(skill, options, context, beside);
    } finally {
      await beside.close();
    }
    return { success: true };
  });
}

async function serve(
  skill: string,
  options: ServeOptions,
  context: ExecutorContext,
  beside: Beside,
): Promise<void> {
  const root = skillRootOf(context, skill);
  const { entry, runtime, assets } = await loadManifest(context.root, root);
  const skillRoot = join(context.root, root);
  const port = options.port || (await freePort());
  const signal = stopSignal();
  process.stdout.write(`${skill} on http://127.0.0.1:${port}, restarted after each change\n`);
  if (runtime === 'python') {
    const venv = join(context.root, '.nx/skills/python', skill);
    return runPythonServer({ skill, skillRoot, entry, venv, port, beside, signal });
  }
  const report = (text: string) => void process.stderr.write(text);
  const stop = await startDevServer({ skillRoot, entry, assets, port, beside, report });
  if (!signal.aborted) await once(signal, 'abort');
  await stop();
}

/** Nx starts this process with a channel to it, which closes when Nx is killed. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  process.once('disconnect', stop);
  return stopping.signal;
}
