import type { Clock } from '@odoobo/machine/time';
import { randomUUID } from 'node:crypto';
import type { ComponentRun } from '../running/component-run.js';
import type { AppRecord, Autoscaling } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';

/** How many events of an app are kept. */
const keptEvents = 100;

type Phase = Autoscaling['phase'];

/** An event that is in progress. */
export interface BegunEvent {
  id: string;
  end(phase: Phase): Promise<void>;
}

/** The events of autoscaling in the records of apps. */
export class ScalingEvents {
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
