import { builtComponents } from '../deployments/components.js';
import { isUnderWay } from '../deployments/phases.js';
import { revisionLimit } from '../deployments/rollback.js';
import { cutLogs, deleteLogs } from '../logs/log-folder.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { setAsideApps } from '../state/app-store.js';
import { keptForMs } from '../state/leftover-files.js';
import type { Runtime } from './runtime.js';

/** Deletes the builds and images that nothing needs that runs, will run, or can be rolled back to. */
export async function pruneUnneeded({ store, sources, images }: Runtime): Promise<void> {
  const apps = store.list();
  const kept = apps.flatMap(keptDeployments);
  await sources.prune(new Set(kept.flatMap(buildsOf)));
  const specs = [...kept.map(({ spec }) => spec), ...apps.map(({ spec }) => spec)];
  const digests = specs.flatMap(builtComponents).flatMap(({ spec }) => spec.image?.digest ?? []);
  await images.prune(new Set(digests));
}

/** Deletes the databases of apps that are gone. One whose record was set aside may come back. */
export async function dropUnneededDatabases({ store, layout, databases }: Runtime): Promise<void> {
  const setAside = await setAsideApps(layout.apps);
  await databases.dropUnneeded((appId) => store.get(appId) !== undefined || setAside.has(appId));
}

/** How many deployments of an app keep their logs, at most. */
const keptLogs = 10;

/**
 * Deletes the logs of deployments that are neither live nor among the newest, or ended over a month ago; and cuts the remaining
 * logs that an earlier version let grow.
 */
export async function deleteOldLogs(runtime: Runtime): Promise<void> {
  const { store, layout, caps } = runtime;
  for (const app of store.list()) await deleteOldLogsOf(app, runtime);
  await cutLogs(layout.logs, caps);
}

export async function deleteOldLogsOf(
  { deployments }: AppRecord,
  { layout }: Pick<Runtime, 'layout'>,
): Promise<void> {
  const before = Date.now() - keptForMs;
  const isOld = ({ phaseUpdatedAt }: DeploymentRecord) => Date.parse(phaseUpdatedAt) < before;
  const old = deployments.filter((one, age) => !isNeeded(one) && (age >= keptLogs || isOld(one)));
  await deleteLogs(
    layout.logs,
    old.map(({ id }) => id),
  );
}

/** Those that may run again. */
function keptDeployments({ deployments }: AppRecord): DeploymentRecord[] {
  const earlier = deployments.filter(({ phase }) => phase === 'SUPERSEDED').slice(0, revisionLimit);
  return [...deployments.filter(isNeeded), ...earlier];
}

function isNeeded(deployment: DeploymentRecord): boolean {
  return deployment.phase === 'ACTIVE' || isUnderWay(deployment);
}

function buildsOf({ sources = {} }: DeploymentRecord): string[] {
  return Object.values(sources).flatMap(({ build }) => build ?? []);
}
