import { UsageError } from '@odoobo/local-platform/command-line';
import { runner } from '@odoobo/machine/package-manager';
import { connect, type PlatformOptions } from '@odoobo/ship/platform/connect';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { abortOnSignal } from '@odoobo/ship/runs/interrupted';
import type { Sources } from '@odoobo/ship/runs/sources';
import { join } from 'node:path';
import { environmentOf } from './arguments.js';
import { changedSinceLive } from './changed-since-live.js';
import { checkHandedOn } from './handed-on.js';
import { readNx, runNx } from './run-nx.js';
import { targetName } from './workspace.js';

/** Options that choose what to ship. */
const choosing = /^(-p|--projects|--worktrees|--preview|--base|--head|--files)(=|$)/;

/**
 * Deploys the skills that changed since each was last live: runs `nx run-many -t deploy` for them.
 * @param args options of Nx and of the target
 * @returns the exit code of Nx
 * @throws where an option is wrong, the platform cannot be reached, or there is no Nx
 */
export async function deployCommand(args: readonly string[]): Promise<number> {
  const other = args.find((one) => choosing.test(one));
  if (other !== undefined)
    throw new UsageError(
      `${other} cannot be used here: this command chooses the skills itself. Use: ${runner} nx run-many -t deploy ${args.join(' ')}`,
    );
  checkHandedOn('deploy', args);
  const place = await placeIn(args);
  const changed = await changedOn(place);
  if (changed.length === 0) {
    process.stdout.write('No skill has changed since it was last live: nothing to deploy.\n');
    return 0;
  }
  const target = ['run-many', '-t', targetName('deploy'), '-p', changed.join(','), ...args];
  return runNx(target, { stdout: process.stdout });
}

/** Starts the local platform if it is stopped, so that its apps are live. */
async function changedOn(place: PlatformOptions): Promise<string[]> {
  const cwd = process.cwd();
  const { signal, done } = abortOnSignal(() => undefined);
  try {
    const { client, close } = await connect(place, workspaceFolders(cwd), process.env, signal);
    try {
      return await changedSinceLive(
        await client.listApps({ signal }),
        await readSources(cwd),
        cwd,
        place.environment,
      );
    } finally {
      await close();
    }
  } finally {
    done();
  }
}

/** @throws when Nx cannot read the project graph */
async function readSources(cwd: string): Promise<Sources> {
  const { graph } = JSON.parse(await readNx(['graph', '--print'])) as { graph: Sources['graph'] };
  const { readJsonFile } = await import('nx/src/devkit-exports.js');
  const { namedInputs } = readJsonFile<Pick<Sources, 'namedInputs'>>(join(cwd, 'nx.json'));
  return { graph, namedInputs };
}

/** The platform that the options of Nx and of the target select. */
function placeIn(args: readonly string[]): Promise<PlatformOptions> {
  const valueOf = (names: readonly string[]): string | undefined => {
    for (const [index, one] of args.entries()) {
      const [name = '', ...value] = one.split('=');
      if (names.includes(name)) return value.length > 0 ? value.join('=') : args[index + 1];
    }
    return undefined;
  };
  return environmentOf({
    configuration: valueOf(['-c', '--configuration']),
    platformUrl: valueOf(['--platformUrl', '--platform-url']),
  });
}
