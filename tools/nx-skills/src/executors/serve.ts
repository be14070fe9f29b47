import type { ExecutorContext } from '@nx/devkit';
import { Beside } from '@odoobo/local-platform/client';
import { freePort } from '@odoobo/machine/network';
import { loadManifest } from '@odoobo/ship/manifest/load-manifest';
import type { SkillPlace } from '@odoobo/ship/manifest/skill-place';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { parseOptions } from '@odoobo/ship/runs/options';
import { startDevServer } from '@odoobo/ship/serve/dev-server';
import { type ServeOptions, serveOptions } from '@odoobo/ship/serve/options';
import { runPythonServer } from '@odoobo/ship/serve/python-server';
import { once } from 'node:events';
import { join } from 'node:path';
import { saidInWords } from './batch.js';
import { placeOf } from './context.js';

/** The longest time for a service to drain before it is killed, in milliseconds. */
const stopMs = 5_000;

/** Runs a skill in development until it is stopped, or Nx has ended. */
export default function serveExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return saidInWords(async () => {
    const place = placeOf(context, context.projectName ?? '');
    const { skill } = place;
    const options = parseOptions(serveOptions, rawOptions, `${context.projectName}:${context.targetName}`);
    const beside = await Beside.open(workspaceFolders(context.root).platform, skill, stopMs);
    try {
      await serve(place, options, beside);
    } finally {
      await beside.close();
    }
    return { success: true };
  });
}

async function serve(
  { skill, workspaceRoot, skillRoot: root }: SkillPlace,
  options: ServeOptions,
  beside: Beside,
): Promise<void> {
  const { entry, runtime, assets } = await loadManifest(workspaceRoot, root);
  if (entry === undefined)
    throw new Error(`${skill} has no "entry" in its manifest, so it cannot be served here.`);
  const skillRoot = join(workspaceRoot, root);
  const port = options.port || (await freePort());
  const signal = stopSignal();
  process.stdout.write(`${skill} on http://127.0.0.1:${port}, restarted after each change\n`);
  if (runtime === 'python') {
    const venv = join(workspaceRoot, '.nx/skills/python', skill);
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
