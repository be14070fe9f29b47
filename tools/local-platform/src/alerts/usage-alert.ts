import { type InstanceUsage, type UsagePoint, usageStepMs } from '../deployments/progression.js';
import type { AlertSpec } from './alerts-of.js';

const minuteMs = 60_000;
const windows: Record<string, number> = {
  FIVE_MINUTES: 5 * minuteMs,
  TEN_MINUTES: 10 * minuteMs,
  THIRTY_MINUTES: 30 * minuteMs,
  ONE_HOUR: 60 * minuteMs,
};

/** What a rule looks at. */
const measures: Partial<Record<AlertSpec['rule'], 'cpuPercent' | 'memoryPercent' | 'restarts'>> = {
  CPU_UTILIZATION: 'cpuPercent',
  MEM_UTILIZATION: 'memoryPercent',
  RESTART_COUNT: 'restarts',
};

/**
 * Why a rule about resources holds now, in words; undefined where it does not, or not known yet. CPU and memory are the mean of
 * the whole window, restarts are counted in it. Without an operator and a window, as the spec allows: above, in five minutes.
 * @param usage of the instances of its component: one is enough
 * @param now milliseconds since 1970
 */
export function usageReason(
  spec: AlertSpec,
  usage: readonly InstanceUsage[],
  now: number,
): string | undefined {
  const measure = measures[spec.rule];
  if (measure === undefined) return undefined;
  const { value: limit = 0, operator } = spec;
  const windowMs = windows[spec.window ?? ''] ?? 5 * minuteMs;
  for (const { instance, points } of usage) {
    const value =
      measure === 'restarts' ? restartsIn(points, now - windowMs) : meanIn(points, now - windowMs, measure);
    if (value === undefined || !(operator === 'LESS_THAN' ? value < limit : value > limit)) continue;
    const shown =
      measure === 'restarts' ? `${value} ${value === 1 ? 'restart' : 'restarts'}` : `${value.toFixed(1)} %`;
    return `${instance}: ${shown} in ${windowMs / minuteMs} minutes, ${operator === 'LESS_THAN' ? 'below' : 'above'} ${limit}`;
  }
  return undefined;
}

/** Undefined unless the instance was measured during the whole time. */
function meanIn(
  points: readonly UsagePoint[],
  since: number,
  measure: 'cpuPercent' | 'memoryPercent',
): number | undefined {
  const [oldest] = points;
  if (oldest === undefined || oldest.at > since + usageStepMs) return undefined;
  const values = points.flatMap((point) => (point.at >= since ? (point[measure] ?? []) : []));
  return values.length === 0 ? undefined : values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** The counter begins at 0 with each deployment. */
function restartsIn(points: readonly UsagePoint[], since: number): number | undefined {
  const last = points.at(-1);
  const before = points.findLast(({ at }) => at < since);
  return last && Math.max(0, last.restarts - Math.min(before?.restarts ?? 0, last.restarts));
}
