import { Beside } from '@odoobo/local-platform/client';
import { freePort } from '@odoobo/machine/network';
import { once } from 'node:events';
import { join } from 'node:path';
import { loadManifest } from '../manifest/load-manifest.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { startDevServer } from '../serve/dev-server.js';
import type { ServeOptions } from '../serve/options.js';
import { runPythonServer } from '../serve/python-server.js';

/** The longest time for a service to drain before it is killed, in milliseconds. */
const stopMs = 5_000;

/**
 * Runs a skill in development until it is stopped by a signal, or the Nx that has started this process has ended.
 * @throws when its manifest is wrong or names no entry, or the port is taken
 */
export async function serveSkill(place: SkillPlace, options: ServeOptions): Promise<void> {
  const beside = await Beside.open(workspaceFolders(place.workspaceRoot).platform, place.skill, stopMs);
  try {
    await serve(place, options, beside);
  } finally {
    await beside.close();
  }
}

async function serve(
  { skill, workspaceRoot, skillRoot: root, command }: SkillPlace,
  options: ServeOptions,
  beside: Beside,
): Promise<void> {
  const { entry, runtime, assets } = await loadManifest(workspaceRoot, root);
  if (entry === undefined)
    throw new Error(`${skill} has no "entry" in its manifest, so it cannot be served here.`);
  if (runtime === 'go' || runtime === 'container')
    throw new Error(
      `${skill} has the runtime ${runtime}, which serve does not restart. Deploy it here instead: ${command('deploy')}`,
    );
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

/** Nx starts this process with a channel to it, which closes when Nx is killed; a shell has none. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  process.once('disconnect', stop);
  return stopping.signal;
}
