import type { DeployResult } from '@odoobo/app-platform';
import { commitForUncommitted, keepDeployed, remoteUrl, type CommitToKeep } from '@odoobo/git-flow';
import type { PlacedTask } from './place-tasks.js';

/** Where refs of production go, so that every clone can tell what is live. */
const remote = 'origin';

export interface KeepCommitsOptions {
  workspaceRoot: string;
  environment: 'local' | 'production';
  placed: readonly PlacedTask[];
  results: readonly DeployResult[];
  signal: AbortSignal;
  onWarning: (message: string) => void;
}

/**
 * Keeps the commits that are live and verified in `refs/deployed/<environment>/<skill>`. What was shipped with changes that
 * no commit has is kept as such: from then on it counts as changed, until a commit is live again. A deploy is as good
 * without: what cannot be kept is a warning.
 */
export async function keepCommits(options: KeepCommitsOptions): Promise<void> {
  const { workspaceRoot: cwd, environment, signal, results } = options;
  if (signal.aborted) return;
  try {
    const live = (await Promise.all(results.map((result) => commitOf(result, options)))).flat();
    if (live.length === 0) return;
    const shared = environment === 'production' && (await remoteUrl(remote, { cwd, signal })) !== undefined;
    await keepDeployed(live, { cwd, signal, ...(shared && { remote }) });
  } catch (error) {
    options.onWarning((error as Error).message);
  }
}

/** None where it is not known what this run has proven to be live. */
async function commitOf(
  { skill, outcome, commit: built }: DeployResult,
  { placed, environment, signal }: KeepCommitsOptions,
): Promise<CommitToKeep[]> {
  const { checkout, sources = [], workspaceRoot = '' } = placed.find((task) => task.skill === skill) ?? {};
  if (!checkout || (outcome !== 'deployed' && outcome !== 'unchanged')) return [];
  const foundLive = outcome === 'unchanged';
  if (!checkout.dirty) return [{ environment, skill, commit: built ?? checkout.commit, foundLive }];
  // What was found live is as it is wanted, and whoever has shipped it has kept what it is.
  if (foundLive) return [];
  const { commit } = checkout;
  const kept = await commitForUncommitted({ cwd: workspaceRoot, commit, paths: sources, signal });
  return [{ environment, skill, commit: kept }];
}
