import type { AppPlatformClient } from '../client/client.js';
import { unlessGone } from '../client/errors.js';
import { standingOf } from '../monitor/standing.js';
import type { App, AppSpec, Deployment } from '../spec/index.js';
import { differences } from '../versions/diff.js';
import type { Drift } from './skill-plan.js';

/** The records of earlier deploys and rollbacks of a skill in one environment. */
export interface Recorded {
  /** Every deployment that was created, or found as wanted, from here; oldest first. */
  deployments: ReadonlySet<string>;
  /** The one of them that was live last. */
  live: string | undefined;
  /** The deployments that rollbacks created, and which deployment each restored. */
  rollbacks: ReadonlyMap<string, string>;
}

/** How many of our last deployments may explain the spec of an app: a rollback, and the one before it. */
const explaining = 3;

/**
 * What someone else has changed on the platform since the last deploy from here.
 * @throws AppPlatformError, or the reason of the signal
 */
export async function driftOf(
  client: AppPlatformClient,
  app: App | undefined,
  recorded: Recorded | undefined,
  signal: AbortSignal,
): Promise<Drift> {
  if (recorded?.live === undefined) return { state: 'unknown', changes: [] };
  if (!app) return { state: 'deleted', changes: [] };
  const live = app.active_deployment;
  const specOf = (id: string): Promise<AppSpec | undefined> => readSpec(client, app, id, signal);
  if (!live) return { state: 'unknown', changes: [] };
  if (!recorded.deployments.has(live.id)) return replaced(live, await specOf(recorded.live));
  return rewritten(app, live, recorded, specOf);
}

/**
 * Whether someone else has changed an app, as far as the list of apps shows it: another deployment is live, or its spec is another
 * one than that of what is live. A deployment in progress, and one that failed, leave such a spec too. Pure.
 */
export function hasDrifted(app: App, recorded: Recorded | undefined): boolean {
  const { live, failed, underWay } = standingOf(app);
  if (recorded?.live === undefined || !live) return false;
  if (!recorded.deployments.has(live.deploymentId)) return true;
  const spec = app.active_deployment?.spec;
  return !failed && !underWay && spec !== undefined && differences(app.spec, spec).length > 0;
}

/** Another deployment than ours is live. */
function replaced(live: Deployment, ours: AppSpec | undefined): Drift {
  const since = live.phase_last_updated_at ?? live.created_at;
  return {
    state: 'deployment',
    changes: ours && live.spec ? differences(live.spec, ours) : [],
    deploymentId: live.id,
    ...(live.cause && { cause: live.cause }),
    ...(since && { since }),
  };
}

/** Ours is live, but the spec of the app may have been changed. A failed deploy of ours leaves its own spec there. */
async function rewritten(
  app: App,
  live: Deployment,
  { deployments }: Recorded,
  specOf: (id: string) => Promise<AppSpec | undefined>,
): Promise<Drift> {
  const changes = live.spec ? differences(app.spec, live.spec) : [];
  if (changes.length === 0) return { state: 'none', changes: [] };
  const others = [...deployments].filter((id) => id !== live.id).slice(-explaining);
  for (const spec of await Promise.all(others.map(specOf))) {
    if (spec && differences(app.spec, spec).length === 0) return { state: 'none', changes: [] };
  }
  return { state: 'spec', changes, ...(app.updated_at && { since: app.updated_at }) };
}

/** The spec of a deployment; undefined if the platform does not keep it any more. */
async function readSpec(
  client: AppPlatformClient,
  { id: appId }: App,
  id: string,
  signal: AbortSignal,
): Promise<AppSpec | undefined> {
  return (await unlessGone(client.getDeployment(appId, id, { signal })))?.spec;
}
