import type { Load } from '@odoobo/ingress';
import type { Clock } from '@odoobo/machine/time';
import { randomUUID } from 'node:crypto';
import type { ComponentRun } from '../running/component-run.js';
import type { LiveDeployment } from '../running/live-deployment.js';
import { Tasks } from '../running/tasks.js';
import type { AppRecord, Autoscaling } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';
import { Autoscaler } from './autoscaler.js';
import { Sleeper } from './sleeper.js';

/** How often the load is looked at: that of the Kubernetes HorizontalPodAutoscaler. */
export const periodMs = 15_000;

/** What is live, with what its services have to do; undefined where that cannot be read. */
export type Loads = ReadonlyMap<LiveDeployment, Readonly<Record<string, Load>> | undefined>;

export interface LoadWatchParts {
  /** What is live, by app. */
  live: () => ReadonlyMap<string, LiveDeployment>;
  store: AppStore;
  clock: Clock;
  warn: (message: string) => void;
}

/** Looks at the load of all that is live, and starts and ends instances by it, as the App Specs say. */
export class LoadWatch {
  readonly #closed = new AbortController();
  readonly #events: ScalingEvents;
  readonly #tasks: Tasks;
  readonly #autoscaler: Autoscaler;
  readonly #sleeper: Sleeper;
  #watching: Promise<void> | undefined;

  constructor(private readonly parts: LoadWatchParts) {
    const { store, clock, warn } = parts;
    this.#events = new ScalingEvents(store, clock);
    this.#tasks = new Tasks(warn);
    const shared = { clock, events: this.#events, tasks: this.#tasks, closed: this.#closed.signal };
    this.#autoscaler = new Autoscaler(shared);
    this.#sleeper = new Sleeper(shared);
  }

  start(): void {
    this.#watching ??= this.#watch();
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
  cancel(event: string): Promise<boolean> {
    return this.#autoscaler.cancel(event);
  }

  async #watch(): Promise<void> {
    const { clock, warn } = this.parts;
    const { signal } = this.#closed;
    const failed = (error: Error): void => warn(`The load of services cannot be read: ${error.message}`);
    await this.#events.settle().catch(failed);
    while (!signal.aborted) {
      await this.#look().catch(failed);
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const watched = [...this.parts.live().values()].filter(
      (live) => this.#autoscaler.concerns(live) || this.#sleeper.concerns(live),
    );
    if (watched.length === 0) return;
    const loads: Loads = new Map(
      await Promise.all(
        watched.map(async (live) => [live, await live.loads().catch(() => undefined)] as const),
      ),
    );
    await this.#autoscaler.look(loads);
    this.#sleeper.look(loads);
  }
}

/** What parts of it share. */
export interface Watch {
  clock: Clock;
  events: ScalingEvents;
  tasks: Tasks;
  closed: AbortSignal;
}

/** How many events of an app are kept. */
const keptEvents = 100;

type Phase = Autoscaling['phase'];

/** An event that is in progress. */
interface BegunEvent {
  id: string;
  end(phase: Phase): Promise<void>;
}

/** The events of autoscaling in the records of apps. */
class ScalingEvents {
  constructor(
    private readonly store: AppStore,
    private readonly clock: Clock,
  ) {}

  /** What an earlier server left in progress has ended with it. */
  async settle(): Promise<void> {
    const inProgress = (one: Autoscaling): boolean => one.phase === 'IN_PROGRESS';
    const left = this.store.list().filter(({ autoscalings }) => autoscalings?.some(inProgress));
    for (const { id } of left) {
      const settled = (one: Autoscaling): Autoscaling =>
        inProgress(one) ? { ...one, phase: 'CANCELED' } : one;
      await this.store.update(id, (app) => withEvents(app, settled));
    }
  }

  async begin(
    { appId, name, deployment }: ComponentRun,
    change: Pick<Autoscaling, 'from' | 'to' | 'metric'>,
    id: string = randomUUID(),
  ): Promise<BegunEvent> {
    const event: Autoscaling = {
      id,
      ...change,
      component: name,
      deployment: deployment.id,
      createdAt: new Date(this.clock.now()).toISOString(),
      phase: 'IN_PROGRESS',
    };
    await this.store.update(appId, (app) => ({
      ...app,
      autoscalings: [event, ...(app.autoscalings ?? [])].slice(0, keptEvents),
    }));
    return { id, end: (phase) => this.#end(appId, id, phase) };
  }

  async #end(appId: string, id: string, phase: Phase): Promise<void> {
    await this.store.update(appId, (app) =>
      withEvents(app, (one) => (one.id === id ? { ...one, phase } : one)),
    );
  }
}

function withEvents(app: AppRecord, change: (event: Autoscaling) => Autoscaling): AppRecord {
  return { ...app, autoscalings: (app.autoscalings ?? []).map(change) };
}
