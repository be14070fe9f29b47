import type { DeployResult } from '@odoobo/app-platform';
import { keepDeployed, remoteUrl, type DeployedCommit } from '@odoobo/git-flow';
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
 * no commit has is no commit's. A deploy is as good without: what cannot be kept is a warning.
 */
export async function keepCommits(options: KeepCommitsOptions): Promise<void> {
  const { workspaceRoot: cwd, environment, signal } = options;
  const live = options.results.flatMap((result) => verifiedCommit(result, options) ?? []);
  if (live.length === 0 || signal.aborted) return;
  try {
    const shared = environment === 'production' && (await remoteUrl(remote, { cwd, signal })) !== undefined;
    await keepDeployed(live, { cwd, signal, ...(shared && { remote }) });
  } catch (error) {
    options.onWarning((error as Error).message);
  }
}

function verifiedCommit(
  { skill, outcome, commit: built }: DeployResult,
  { placed, environment }: KeepCommitsOptions,
): DeployedCommit | undefined {
  if (outcome !== 'deployed' && outcome !== 'unchanged') return undefined;
  const checkout = placed.find((task) => task.skill === skill)?.checkout;
  const commit = checkout && !checkout.dirty ? (built ?? checkout.commit) : undefined;
  return commit === undefined ? undefined : { environment, skill, commit };
}
