import { type Load, percentile } from '@odoobo/ingress';
import { randomUUID } from 'node:crypto';
import type { ProcessGroup } from '../process/process-group.js';
import { type GroupUsage, usageOf } from '../process/usage.js';
import type { ComponentRun } from '../running/component-run.js';
import { countsOf, sizeOf } from '../running/component-spec.js';
import type { InstanceRun } from '../running/instance-run.js';
import type { LiveDeployment } from '../running/live-deployment.js';
import type { Loads, Watch } from './load-watch.js';
import { SteadyCount, steadyMs } from './steady-count.js';
import { type Measured, type Wanted, wantedCount } from './wanted-count.js';

/** A component whose number of instances follows its load. */
interface Scaled {
  live: LiveDeployment;
  component: ComponentRun;
  load: ComponentLoad;
  steady: SteadyCount;
  /** Whether instances are being started. */
  busy: boolean;
  /** After an instance did not start; milliseconds since 1970. */
  heldUntil: number;
}

/** Starts and ends instances of live services and workers by their load, as `autoscaling` of their App Specs says. */
export class Autoscaler {
  readonly #known = new WeakMap<ComponentRun, Scaled>();
  /** The events of instances that are being started. */
  readonly #starting = new Map<string, { abort: AbortController; done: Promise<void> }>();

  constructor(private readonly watch: Watch) {}

  concerns({ run }: LiveDeployment): boolean {
    return run.components.some(isAutoscaled);
  }

  /** Starts no more instances for an event; those that have joined stay. False if it starts none. */
  async cancel(event: string): Promise<boolean> {
    const starting = this.#starting.get(event);
    starting?.abort.abort();
    await starting?.done;
    return starting !== undefined;
  }

  async look(loads: Loads): Promise<void> {
    const all = [...loads.keys()].flatMap((live) =>
      live.run.components.filter(isAutoscaled).map((component) => this.#scaledOf(live, component)),
    );
    // It would read the process table for nothing.
    if (all.length === 0) return;
    const usage = await usageOf(
      all.flatMap(({ live, component }) =>
        live.run.instancesOf(component).flatMap(({ group }) => group ?? []),
      ),
    );
    const at = performance.now();
    for (const one of all) {
      const load = loads.get(one.live)?.[one.component.name];
      const wanted = this.#decide(one, { at, usage, load });
      if (wanted) this.#change(one, wanted);
    }
  }

  #scaledOf(live: LiveDeployment, component: ComponentRun): Scaled {
    const load = new ComponentLoad(component);
    const scaled = this.#known.get(component) ?? {
      live,
      component,
      load,
      steady: new SteadyCount(),
      busy: false,
      heldUntil: 0,
    };
    this.#known.set(component, scaled);
    return scaled;
  }

  #decide(one: Scaled, look: Parameters<ComponentLoad['measure']>[1]): Wanted | undefined {
    const { component, live, steady, load } = one;
    const instances = live.run.instancesOf(component);
    const measured = load.measure(instances, look);
    const now = this.watch.clock.now();
    const { kind, spec } = component.component;
    const rules = kind === 'service' || kind === 'worker' ? spec.autoscaling : undefined;
    const wanted = measured && rules && wantedCount(rules, measured);
    if (!measured || !wanted || one.busy || now < one.heldUntil) return undefined;
    // A second one beside it would end: its port is taken.
    if (instances.some(({ hasFixedPort }) => hasFixedPort)) return undefined;
    return steady.settle(wanted, measured, countsOf(component.component), now);
  }

  #change(one: Scaled, wanted: Wanted): void {
    const id = randomUUID();
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.watch.closed]);
    const starts = wanted.count > one.live.run.instancesOf(one.component).length;
    one.busy = starts;
    const changed = this.#carryOut(one, wanted, id, signal).finally(() => {
      if (!starts) return;
      one.busy = false;
      this.#starting.delete(id);
    });
    const done = this.watch.tasks.add(changed);
    if (starts) this.#starting.set(id, { abort, done });
  }

  async #carryOut(one: Scaled, wanted: Wanted, id: string, signal: AbortSignal): Promise<void> {
    const { live, component } = one;
    const { count: to, metric, because } = wanted;
    const from = live.run.instancesOf(component).length;
    const event = await this.watch.events.begin(component, { from, to, metric }, id);
    await component.log.write('DEPLOY', `autoscaling: ${to} instances instead of ${from}: ${because}`);
    try {
      await live.resize(component, to, signal);
      await event.end('SUCCEEDED');
    } catch (error) {
      const failed = (error as Error).name !== 'AbortError';
      if (failed) one.heldUntil = this.watch.clock.now() + steadyMs;
      await event.end(failed ? 'FAILED' : 'CANCELED');
      const why = failed ? component.redact((error as Error).message) : 'it was cancelled';
      const runs = live.run.instancesOf(component).length;
      await component.log.write('DEPLOY', `autoscaling to ${to} instances ended with ${runs}: ${why}`);
    }
  }
}

function isAutoscaled({ component }: ComponentRun): boolean {
  const { least, most } = countsOf(component);
  return most > least;
}

/** One look at a component. */
interface Look {
  /** On the clock of `performance.now()`: processor time does not follow a clock that a test turns. */
  at: number;
  usage: ReadonlyMap<ProcessGroup, GroupUsage>;
  /** Undefined for what takes no requests. */
  load: Load | undefined;
}

/** What a component uses and answers between two looks. */
class ComponentLoad {
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
