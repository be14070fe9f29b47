import type { PreTasksExecutionContext, ProjectGraph } from '@nx/devkit';
import { relative } from 'node:path';
import { calledIn } from './called-in.js';
import { findMistakes, isPlain } from './check-command.js';
import { readNxCommand } from './nx-command.js';

/**
 * Refuses a command line that names something that does not exist, before any of it runs.
 *
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
  const { mistake } = await import('../terminal/mistake.js');
  throw mistake(mistakes.join('\n'));
}

/** The graph that Nx has just computed; undefined if Nx is set not to keep it, so that an old one may be cached. */
async function readGraph(): Promise<ProjectGraph | undefined> {
  if (process.env['NX_CACHE_PROJECT_GRAPH'] === 'false') return undefined;
  // Loading it takes a tenth of a second, so an unambiguous command line does not load it.
  const { readCachedProjectGraph } = await import('@nx/devkit');
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
