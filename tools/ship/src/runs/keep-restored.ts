import type { DeployResult } from '@odoobo/app-platform';
import { keepDeployed, provideCommit, readHead, remoteUrl } from '@odoobo/git-flow';
import type { GitOptions } from '@odoobo/machine/git';
import { isLocal } from '../placement/environment.js';

/** The remote for refs of production, so that every clone knows what is live. */
const remote = 'origin';

export interface KeepRestoredOptions {
  workspaceRoot: string;
  environment: string;
  results: readonly DeployResult[];
  signal: AbortSignal;
  onWarning: (message: string) => void;
}

/**
 * Keeps the commits that rollbacks have restored in `refs/deployed/<environment>/<skill>`. If the commit is not known
 * here, or the app was deleted, the ref is deleted, because it would name a version that is not live. The rollback
 * itself has succeeded, so a failure here is only a warning.
 */
export async function keepRestored(options: KeepRestoredOptions): Promise<void> {
  const { workspaceRoot: cwd, environment, signal, onWarning } = options;
  const results = options.results.filter(changedWhatIsLive);
  if (results.length === 0 || signal.aborted || !(await readHead(cwd))) return;
  try {
    const shared = !isLocal(environment) && (await remoteUrl(remote, { cwd, signal })) !== undefined;
    const git = { cwd, signal, ...(shared && { remote }) };
    const live = results.map(async (result) => {
      const commit = await commitOf(result, git);
      return { environment, skill: result.skill, commit };
    });
    await keepDeployed(await Promise.all(live), git);
  } catch (error) {
    onWarning((error as Error).message);
  }
}

function changedWhatIsLive({ outcome, action }: DeployResult): boolean {
  const byHand = action === 'rollback' || action === 'revert' || action === 'delete';
  return outcome === 'rolled-back' || (outcome === 'deployed' && byHand);
}

/** A ref can only name a commit that is in this clone. */
async function commitOf(
  { liveMark }: DeployResult,
  git: GitOptions & { remote?: string | undefined },
): Promise<string | undefined> {
  const { commit, dirty } = liveMark ?? {};
  if (commit === undefined || dirty) return undefined;
  return (await provideCommit({ ...git, commit })) ? commit : undefined;
}
