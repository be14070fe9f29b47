import type { Load } from '@odoobo/ingress';
import type { Clock } from '@odoobo/machine/time';
import { randomUUID } from 'node:crypto';
import { usageOf } from '../process/usage.js';
import type { ComponentRun } from '../running/component-run.js';
import { countsOf } from '../running/component-spec.js';
import type { LiveDeployment } from '../running/live-deployment.js';
import { Tasks } from '../running/tasks.js';
import type { AppRecord, Autoscaling } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';
import { ComponentLoad } from './component-load.js';
import { SteadyCount, steadyMs } from './steady-count.js';
import { type Wanted, wantedCount } from './wanted-count.js';

/** How often the load is looked at: that of the Kubernetes HorizontalPodAutoscaler. */
export const periodMs = 15_000;

/** How many events of an app are kept. */
const keptEvents = 100;

/** A component whose number of instances follows its load. */
interface Scaled {
  appId: string;
  live: LiveDeployment;
  component: ComponentRun;
  load: ComponentLoad;
  steady: SteadyCount;
  /** Whether instances are being started. */
  busy: boolean;
  /** After an instance did not start; milliseconds since 1970. */
  heldUntil: number;
}

export interface AutoscalerParts {
  /** What is live, by app. */
  live: () => ReadonlyMap<string, LiveDeployment>;
  store: AppStore;
  clock: Clock;
  warn: (message: string) => void;
}

/** Starts and ends instances of live services and workers by their load, as `autoscaling` of their App Specs says. */
export class Autoscaler {
  readonly #known = new WeakMap<ComponentRun, Scaled>();
  readonly #closed = new AbortController();
  /** The events of instances that are being started. */
  readonly #starting = new Map<string, { abort: AbortController; done: Promise<void> }>();
  readonly #tasks: Tasks;
  #watching: Promise<void> | undefined;

  constructor(private readonly parts: AutoscalerParts) {
    this.#tasks = new Tasks(parts.warn);
  }

  start(): void {
    this.#watching ??= this.#settle().then(() => this.#watch());
  }

  /** Begins nothing from now on. Safe to repeat. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watching;
  }

  /** Resolves when nothing is in progress. */
  settled(): Promise<void> {
    return this.#tasks.settled();
  }

  /** Starts no more instances for an event; those that have joined stay. False if it starts none. */
  async cancel(event: string): Promise<boolean> {
    const starting = this.#starting.get(event);
    starting?.abort.abort();
    await starting?.done;
    return starting !== undefined;
  }

  async #watch(): Promise<void> {
    const { clock, warn } = this.parts;
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#look().catch((error: Error) =>
        warn(`The load of services cannot be read: ${error.message}`),
      );
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  /** What an earlier server left in progress has ended with it. */
  async #settle(): Promise<void> {
    const { store, warn } = this.parts;
    const inProgress = (one: Autoscaling): boolean => one.phase === 'IN_PROGRESS';
    for (const { id, autoscalings } of store.list()) {
      if (!autoscalings?.some(inProgress)) continue;
      await store
        .update(id, (app) =>
          withEvents(app, (one) => (inProgress(one) ? { ...one, phase: 'CANCELED' } : one)),
        )
        .catch((error: Error) => warn(error.message));
    }
  }

  /** One look at all autoscaled components. */
  async #look(): Promise<void> {
    const all = this.#scaled();
    if (all.length === 0) return;
    const groups = all.flatMap(({ live, component }) =>
      live.run.instancesOf(component).flatMap(({ group }) => group ?? []),
    );
    const loads = await loadsOf(new Set(all.map(({ live }) => live)));
    const usage = await usageOf(groups);
    const at = performance.now();
    for (const one of all) {
      const load = loads.get(one.live)?.[one.component.name];
      const wanted = this.#decide(one, { at, usage, load });
      if (wanted) this.#change(one, wanted);
    }
  }

  #scaled(): Scaled[] {
    return [...this.parts.live()].flatMap(([appId, live]) =>
      live.run.components.flatMap((component) => {
        const { least, most } = countsOf(component.component);
        return most > least ? this.#scaledOf(appId, live, component) : [];
      }),
    );
  }

  #scaledOf(appId: string, live: LiveDeployment, component: ComponentRun): Scaled {
    const known = this.#known.get(component);
    if (known) return known;
    const load = new ComponentLoad(component);
    const scaled = { appId, live, component, load, steady: new SteadyCount(), busy: false, heldUntil: 0 };
    this.#known.set(component, scaled);
    return scaled;
  }

  #decide(one: Scaled, look: Parameters<ComponentLoad['measure']>[1]): Wanted | undefined {
    const { component, live, steady, load } = one;
    const instances = live.run.instancesOf(component);
    const measured = load.measure(instances, look);
    const now = this.parts.clock.now();
    const { kind, spec } = component.component;
    const rules = kind === 'service' || kind === 'worker' ? spec.autoscaling : undefined;
    const wanted = measured && rules && wantedCount(rules, measured);
    if (!measured || !wanted || one.busy || now < one.heldUntil) return undefined;
    // A second one beside it would end: its port is taken.
    if (instances.some(({ isOnHttpPort }) => isOnHttpPort)) return undefined;
    return steady.settle(wanted, measured, countsOf(component.component), now);
  }

  #change(one: Scaled, wanted: Wanted): void {
    const id = randomUUID();
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.#closed.signal]);
    const starts = wanted.count > one.live.run.instancesOf(one.component).length;
    one.busy = starts;
    const changed = this.#carryOut(one, wanted, id, signal).finally(() => {
      if (!starts) return;
      one.busy = false;
      this.#starting.delete(id);
    });
    const done = this.#tasks.add(changed);
    if (starts) this.#starting.set(id, { abort, done });
  }

  async #carryOut(one: Scaled, wanted: Wanted, id: string, signal: AbortSignal): Promise<void> {
    const { live, component } = one;
    const from = live.run.instancesOf(component).length;
    const { count: to, because } = wanted;
    await this.#record(one, { id, from, to, metric: wanted.metric });
    await component.log.write('DEPLOY', `autoscaling: ${to} instances instead of ${from}: ${because}`);
    try {
      await live.resize(component, to, signal);
      await this.#end(one, id, 'SUCCEEDED');
    } catch (error) {
      const failed = (error as Error).name !== 'AbortError';
      if (failed) one.heldUntil = this.parts.clock.now() + steadyMs;
      await this.#end(one, id, failed ? 'FAILED' : 'CANCELED');
      const why = failed ? (error as Error).message : 'it was cancelled';
      const runs = live.run.instancesOf(component).length;
      await component.log.write(
        'DEPLOY',
        `autoscaling to ${to} instances ended with ${runs}: ${component.redact(why)}`,
      );
    }
  }

  async #record(
    { appId, live, component }: Scaled,
    change: Pick<Autoscaling, 'id' | 'from' | 'to' | 'metric'>,
  ): Promise<void> {
    const createdAt = new Date(this.parts.clock.now()).toISOString();
    const event: Autoscaling = {
      ...change,
      component: component.name,
      deployment: live.run.deployment.id,
      createdAt,
      phase: 'IN_PROGRESS',
    };
    await this.parts.store.update(appId, (app) => ({
      ...app,
      autoscalings: [event, ...(app.autoscalings ?? [])].slice(0, keptEvents),
    }));
  }

  async #end({ appId }: Scaled, id: string, phase: Autoscaling['phase']): Promise<void> {
    await this.parts.store.update(appId, (app) =>
      withEvents(app, (one) => (one.id === id ? { ...one, phase } : one)),
    );
  }
}

function withEvents(app: AppRecord, change: (event: Autoscaling) => Autoscaling): AppRecord {
  return { ...app, autoscalings: (app.autoscalings ?? []).map(change) };
}

async function loadsOf(
  deployments: Iterable<LiveDeployment>,
): Promise<Map<LiveDeployment, Record<string, Load>>> {
  const loads = [...deployments].map(async (live) => [live, await live.loads().catch(() => ({}))] as const);
  return new Map(await Promise.all(loads));
}
