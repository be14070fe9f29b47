import { builtComponents } from '../deployments/components.js';
import { isUnderWay } from '../deployments/phases.js';
import { revisionLimit } from '../deployments/rollback.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { Runtime } from './runtime.js';

/** Deletes the builds and images that nothing needs which runs, will run, or can be rolled back to. */
export async function pruneUnneeded({ store, sources, images }: Runtime): Promise<void> {
  const apps = store.list();
  const kept = apps.flatMap(keptDeployments);
  await sources.prune(new Set(kept.flatMap(buildsOf)));
  const specs = [...kept.map(({ spec }) => spec), ...apps.map(({ spec }) => spec)];
  const digests = specs.flatMap(builtComponents).flatMap(({ spec }) => spec.image?.digest ?? []);
  await images.prune(new Set(digests));
}

/** Those that may run again. */
function keptDeployments({ deployments }: AppRecord): DeploymentRecord[] {
  const earlier = deployments.filter(({ phase }) => phase === 'SUPERSEDED').slice(0, revisionLimit);
  return [...deployments.filter((one) => one.phase === 'ACTIVE' || isUnderWay(one)), ...earlier];
}

function buildsOf({ sources = {} }: DeploymentRecord): string[] {
  return Object.values(sources).flatMap(({ build }) => build ?? []);
}
