import type { DeployResult } from '@odoobo/app-platform';
import { commitForUncommitted, type CommitToKeep, keepDeployed, remoteUrl } from '@odoobo/git-flow';
import { isLocal } from '../placement/environment.js';
import type { PlacedTask } from './place-tasks.js';

/** The remote for refs of production, so that every clone knows what is live. */
const remote = 'origin';

export interface KeepCommitsOptions {
  workspaceRoot: string;
  environment: string;
  placed: readonly PlacedTask[];
  results: readonly DeployResult[];
  signal: AbortSignal;
  onWarning: (message: string) => void;
}

/**
 * Keeps the commits that are live and verified in `refs/deployed/<environment>/<skill>`. Uncommitted changes are
 * recorded as such: the skill counts as changed until a commit is live again. The deploy itself has succeeded, so a
 * failure here is only a warning.
 */
export async function keepCommits(options: KeepCommitsOptions): Promise<void> {
  const { workspaceRoot: cwd, environment, signal, results } = options;
  if (signal.aborted) return;
  try {
    const live = (await Promise.all(results.map((result) => commitOf(result, options)))).flat();
    if (live.length === 0) return;
    const shared = !isLocal(environment) && (await remoteUrl(remote, { cwd, signal })) !== undefined;
    await keepDeployed(live, { cwd, signal, ...(shared && { remote }) });
  } catch (error) {
    options.onWarning((error as Error).message);
  }
}

/** Undefined if this run has not verified the live version. */
async function commitOf(
  { skill, outcome, commit: built }: DeployResult,
  { placed, environment, signal }: KeepCommitsOptions,
): Promise<CommitToKeep[]> {
  const { checkout, sources = [], workspaceRoot = '' } = placed.find((task) => task.skill === skill) ?? {};
  if (!checkout || (outcome !== 'deployed' && outcome !== 'unchanged')) return [];
  const foundLive = outcome === 'unchanged';
  if (!checkout.dirty) return [{ environment, skill, commit: built ?? checkout.commit, foundLive }];
  // The live version was already as wanted, and the run that shipped it has kept its commit.
  if (foundLive) return [];
  const { commit } = checkout;
  const uncommitted = { cwd: workspaceRoot, commit, paths: sources, signal };
  const kept = await commitForUncommitted(uncommitted).catch((cause: Error) => {
    throw new Error(`Could not record the uncommitted changes that were deployed. ${cause.message}`, {
      cause,
    });
  });
  return [{ environment, skill, commit: kept }];
}
