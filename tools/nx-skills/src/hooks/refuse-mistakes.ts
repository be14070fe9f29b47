import type { PreTasksExecutionContext, ProjectGraph } from '@nx/devkit';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { findMistakes, isPlain } from './check-command.js';
import { readNxCommand } from './nx-command.js';

/**
 * Refuses a command line that names something that does not exist, before any of it runs.
 * @throws with each mistake, and what may have been meant
 */
export async function refuseMistakes({
  argv,
  nxJsonConfiguration,
  workspaceRoot,
}: Omit<PreTasksExecutionContext, 'id'>): Promise<void> {
  const command = readNxCommand(argv.slice(2));
  if (!command || isPlain(command, nxJsonConfiguration)) return;
  const graph = await readGraph();
  if (!graph) return;
  const namesNone = command.kind === 'run' && command.projects.length === 0;
  const folder = namesNone ? projectOf(calledIn(argv), workspaceRoot, graph) : undefined;
  const mistakes = findMistakes(command, graph, folder);
  if (mistakes.length === 0) return;
  const { mistake } = await import('@odoobo/ship/terminal/mistake');
  throw mistake(mistakes.join('\n'));
}

/** The graph that Nx has just computed; undefined if Nx is set not to keep it, so that an old one may be cached. */
async function readGraph(): Promise<ProjectGraph | undefined> {
  if (process.env['NX_CACHE_PROJECT_GRAPH'] === 'false') return undefined;
  // Loading it takes a tenth of a second, so an unambiguous command line does not load it.
  const { readCachedProjectGraph } = await import('nx/src/devkit-exports.js');
  try {
    return readCachedProjectGraph();
  } catch {
    return undefined;
  }
}

/** The project that Nx selects if none is named. */
function projectOf(folder: string | undefined, root: string, { nodes }: ProjectGraph): string | undefined {
  if (folder === undefined) return undefined;
  const path = relative(root, folder);
  const around = Object.values(nodes)
    .filter(({ data }) => data.root === '.' || path === data.root || path.startsWith(`${data.root}/`))
    .sort((one, other) => other.data.root.length - one.data.root.length);
  return around[0]?.name;
}

/**
 * The folder that Nx was called in: it selects the project if none is named. Nx does not pass it to plugins: a plugin
 * runs in Nx's process, in a process that Nx starts at the workspace root, or in the daemon.
 * @param argv of Nx
 * @returns undefined where it cannot be known: with the daemon, where there is no /proc
 */
function calledIn(argv: readonly string[]): string | undefined {
  const isNx = process.argv.slice(2).join('\0') === argv.slice(2).join('\0');
  return isNx ? process.cwd() : folderOfProcess(argv);
}

/** The folder of the process with these arguments; undefined if several match, in more than one folder. */
function folderOfProcess(argv: readonly string[]): string | undefined {
  const [, script = '', ...words] = argv;
  const end = `\0${[script, ...words].join('\0')}\0`;
  const folders = processes().flatMap((pid) => {
    try {
      // https://man7.org/linux/man-pages/man5/proc_pid_cmdline.5.html
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith(end)
        ? [readlinkSync(`/proc/${pid}/cwd`)]
        : [];
    } catch {
      // It has ended, or belongs to another user.
      return [];
    }
  });
  const [folder, ...others] = new Set(folders);
  return others.length === 0 ? folder : undefined;
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
