import type { InstanceUsage, UsagePoint } from '../deployments/progression.js';
import type { ComponentUsage } from './answers.js';

/** What the components of an app used, from what their instances did. */
export function componentUsages(instances: readonly InstanceUsage[]): ComponentUsage[] {
  const names = [...new Set(instances.map(({ component }) => component))];
  return names.map((name) =>
    componentUsage(
      name,
      instances.filter(({ component }) => component === name),
    ),
  );
}

function componentUsage(component: string, instances: readonly InstanceUsage[]): ComponentUsage {
  const steps = new Map<number, UsagePoint[]>();
  for (const { points } of instances) {
    for (const point of points) steps.set(point.at, [...(steps.get(point.at) ?? []), point]);
  }
  const restarted = restartsByStep(instances);
  const ordered = [...steps].sort(([a], [b]) => a - b);
  return {
    component,
    times: ordered.map(([at]) => at),
    cpuPercent: ordered.map(([, points]) => mean(known(points, 'cpuPercent'))),
    memoryBytes: ordered.map(([, points]) => sum(known(points, 'memoryBytes'))),
    restarts: ordered.map(([at]) => restarted.get(at) ?? 0),
  };
}

/** The counts of the instances go up; a new deployment begins at 0. */
function restartsByStep(instances: readonly InstanceUsage[]): Map<number, number> {
  const byStep = new Map<number, number>();
  for (const { points } of instances) {
    for (const [index, { at, restarts }] of points.entries()) {
      const before = points[index - 1]?.restarts ?? restarts;
      const more = restarts < before ? restarts : restarts - before;
      byStep.set(at, (byStep.get(at) ?? 0) + more);
    }
  }
  return byStep;
}

function known(points: readonly UsagePoint[], what: 'cpuPercent' | 'memoryBytes'): number[] {
  return points.flatMap((point) => point[what] ?? []);
}

function sum(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((all, one) => all + one);
}

function mean(values: readonly number[]): number | null {
  const all = sum(values);
  return all === null ? null : all / values.length;
}
