import type { Load } from '@odoobo/ingress';
import type { Clock } from '@odoobo/machine/time';
import type { LiveDeployment } from '../running/live-deployment.js';
import { Tasks } from '../running/tasks.js';
import type { AppStore } from '../state/app-store.js';
import { Autoscaler } from './autoscaler.js';
import { ScalingEvents } from './scaling-events.js';
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
