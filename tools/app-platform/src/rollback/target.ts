import { differences } from '../deploy/diff.js';
import type { Deployment } from '../spec/index.js';

/**
 * The deployment to go back to: the newest that was live and is not what is live now. One that differs neither in spec nor
 * in commits is a restart of the same version; the digest of an artefact stands in the spec.
 * @param deployments newest first
 */
export function previousVersion(
  deployments: readonly Deployment[],
  live: Deployment | undefined,
): Deployment | undefined {
  return deployments.find(
    (one) => one.phase === 'SUPERSEDED' && one.id !== live?.id && !(live && isSameVersion(one, live)),
  );
}

/** Whether an app was ever live, as its deployments tell. */
export function wasEverLive(deployments: readonly Deployment[]): boolean {
  return deployments.some(({ phase }) => phase === 'SUPERSEDED' || phase === 'ACTIVE');
}

/** Whether two deployments differ neither in spec nor in commits. */
export function isSameVersion(one: Deployment, other: Deployment): boolean {
  if (!one.spec || !other.spec) return false;
  return commitsOf(one) === commitsOf(other) && differences(one.spec, other.spec).length === 0;
}

/** The commits that a deployment was built from, by component. */
function commitsOf({ services, workers, jobs, static_sites, functions }: Deployment): string {
  const components = [services, workers, jobs, static_sites, functions].flatMap((list) => list ?? []);
  const commits = components.map(({ name, source_commit_hash }) => [name, source_commit_hash ?? '']);
  return JSON.stringify(commits.sort());
}
