import { randomUUID } from 'node:crypto';
import { usageOf } from '../process/usage.js';
import type { ComponentRun } from '../running/component-run.js';
import { countsOf } from '../running/component-spec.js';
import type { LiveDeployment } from '../running/live-deployment.js';
import { ComponentLoad } from './component-load.js';
import type { Loads, Watch } from './load-watch.js';
import { SteadyCount, steadyMs } from './steady-count.js';
import { type Wanted, wantedCount } from './wanted-count.js';

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
