import { setTimeout as delay } from 'node:timers/promises';
import type { ComponentHealth } from '../deployments/progression.js';
import { type GroupUsage, usageOf } from '../process/usage.js';
import type { ComponentRun } from './component-run.js';
import { countsOf, sizeOf } from './component-spec.js';
import type { InstanceRun } from './instance-run.js';
import type { LiveDeployment } from './live-deployment.js';

/** How long processor time is counted for. */
const sampleMs = 200;

/** What the services and workers of a live deployment use at the moment, of what their instance sizes have. */
export async function healthOf(live: LiveDeployment): Promise<ComponentHealth[]> {
  const groups = live.run.instances.flatMap(({ group }) => group ?? []);
  const since = performance.now();
  const before = await usageOf(groups);
  await delay(sampleMs);
  const after = await usageOf(groups);
  const elapsedMs = performance.now() - since;
  const used = (instance: InstanceRun): Used => {
    const { group } = instance;
    return usedBetween(group && before.get(group), group && after.get(group), elapsedMs);
  };
  const components = live.run.components.filter(({ component }) => countsOf(component).most > 0);
  return components.map((component) => componentHealth(component, live, used));
}

interface Used {
  cpus: number;
  memoryBytes: number;
}

function usedBetween(before: GroupUsage | undefined, after: GroupUsage | undefined, elapsedMs: number): Used {
  if (!after) return { cpus: 0, memoryBytes: 0 };
  const cpuMs = before ? Math.max(0, after.cpuMs - before.cpuMs) : 0;
  return { cpus: cpuMs / elapsedMs, memoryBytes: after.memoryBytes };
}

function componentHealth(
  component: ComponentRun,
  live: LiveDeployment,
  used: (instance: InstanceRun) => Used,
): ComponentHealth {
  const instances = live.run.instancesOf(component);
  const ready = live.upOf(component).length;
  const { cpus, memoryBytes } = sizeOf(component.component);
  const mean = (of: (one: Used) => number) =>
    instances.reduce((sum, instance) => sum + of(used(instance)), 0) / Math.max(1, instances.length);
  return {
    component: component.name,
    state: ready === instances.length ? 'HEALTHY' : 'UNHEALTHY',
    cpuPercent: mean((one) => (one.cpus / cpus) * 100),
    memoryPercent: mean((one) => (one.memoryBytes / memoryBytes) * 100),
    replicasDesired: instances.length,
    replicasReady: ready,
  };
}
