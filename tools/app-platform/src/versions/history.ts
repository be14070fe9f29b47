import type { Deployment, Phase } from '../spec/index.js';
import { differences } from './diff.js';
import { markOf } from './mark.js';
import { unscaled } from './size.js';

/**
 * The deployment to go back to: the newest that was live with another version than the one that is live now. A version that was
 * rolled back is skipped until it is deployed again: after an automatic rollback it is the bad one.
 * @param deployments newest first
 */
export function previousVersion(
  deployments: readonly Deployment[],
  live: Deployment | undefined,
): Deployment | undefined {
  return deployments.find((_, index) => isTarget(index, deployments, live));
}

/**
 * All deployments that a rollback may go back to by the same rule: the first one is the default.
 * @param deployments newest first
 */
export function rollbackTargets(
  deployments: readonly Deployment[],
  live: Deployment | undefined,
): Deployment[] {
  return deployments.filter((_, index) => isTarget(index, deployments, live));
}

function isTarget(index: number, deployments: readonly Deployment[], live: Deployment | undefined): boolean {
  const one = deployments[index];
  if (one?.phase !== 'SUPERSEDED' || one.id === live?.id) return false;
  // Half of it is the version before: a rollback restores one version.
  if (markOf(one.spec)?.canary) return false;
  const newer = rolledBackFrom(deployments.slice(0, index + 1), deployments);
  return ![live, ...newer].some((other) => other && isSameVersion(one, other));
}

/**
 * Which of some deployments a rollback has replaced.
 * @param all newest first
 */
export function rolledBackFrom(some: readonly Deployment[], all: readonly Deployment[]): Deployment[] {
  const replaced = all.flatMap(({ cloned_from, phase }, index) => {
    if (cloned_from === undefined || !isLive(phase)) return [];
    const before = all.slice(index + 1).find((one) => isLive(one.phase));
    // A deployment created from the one before it is a restart.
    return before && before.id !== cloned_from ? [before.id] : [];
  });
  return some.filter(({ id }) => replaced.includes(id));
}

/** Whether an app was ever live, according to its deployments. */
export function wasEverLive(deployments: readonly Deployment[]): boolean {
  return deployments.some(({ phase }) => isLive(phase));
}

function isLive(phase: Phase | undefined): boolean {
  return phase === 'SUPERSEDED' || phase === 'ACTIVE';
}

/** Whether two deployments have the same spec and the same commits, whatever `scale` has set. */
export function isSameVersion(one: Deployment, other: Deployment): boolean {
  if (one.id === other.id) return true;
  if (!one.spec || !other.spec) return false;
  return (
    commitsOf(one) === commitsOf(other) && differences(unscaled(one.spec), unscaled(other.spec)).length === 0
  );
}

/** The commits that a deployment was built from, by component. */
function commitsOf({ services, workers, jobs, static_sites, functions }: Deployment): string {
  const components = [services, workers, jobs, static_sites, functions].flatMap((list) => list ?? []);
  const commits = components.map(({ name, source_commit_hash }) => [name, source_commit_hash ?? '']);
  return JSON.stringify(commits.sort());
}
