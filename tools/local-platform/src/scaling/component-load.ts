import { type Load, percentile } from '@odoobo/ingress';
import type { ProcessGroup } from '../process/process-group.js';
import type { GroupUsage } from '../process/usage.js';
import type { ComponentRun } from '../running/component-run.js';
import { sizeOf } from '../running/component-spec.js';
import type { InstanceRun } from '../running/instance-run.js';
import type { Measured } from './wanted-count.js';

/** One look at a component. */
interface Look {
  /** On the clock of `performance.now()`: processor time does not follow a clock that a test turns. */
  at: number;
  usage: ReadonlyMap<ProcessGroup, GroupUsage>;
  /** Undefined for what takes no requests. */
  load: Load | undefined;
}

/** What a component uses and answers between two looks. */
export class ComponentLoad {
  #before: Look | undefined;

  constructor(private readonly component: ComponentRun) {}

  /** Undefined at the first look. */
  measure(instances: readonly InstanceRun[], now: Look): Measured | undefined {
    const before = this.#before;
    this.#before = now;
    const seconds = before && (now.at - before.at) / 1000;
    if (!before || !seconds || instances.length === 0) return undefined;
    const cpu = { cpuPercent: this.#cpuPercent(instances, before, now) };
    const answered = answeredBetween(before.load, now.load);
    if (!answered) return { count: instances.length, ...cpu };
    const requestsPerSecond = answered.reduce((sum, one) => sum + one, 0) / seconds;
    return { count: instances.length, ...cpu, requestsPerSecond, p95Ms: percentile(answered, 0.95) };
  }

  #cpuPercent(instances: readonly InstanceRun[], before: Look, now: Look): number | undefined {
    const { cpus } = sizeOf(this.component.component);
    const shares = instances.flatMap(({ group }) => {
      const [from, to] = group ? [before.usage.get(group), now.usage.get(group)] : [];
      return from && to ? Math.max(0, to.cpuMs - from.cpuMs) / (now.at - before.at) / cpus : [];
    });
    if (shares.length === 0) return undefined;
    return (shares.reduce((sum, one) => sum + one, 0) / shares.length) * 100;
  }
}

/** Undefined where it is not known: the process that counts them was restarted, or could not be reached. */
function answeredBetween(before: Load | undefined, now: Load | undefined): number[] | undefined {
  const counts = now?.answered.map((sum, bucket) => sum - (before?.answered[bucket] ?? sum + 1));
  return counts?.some((count) => count < 0) ? undefined : counts;
}
