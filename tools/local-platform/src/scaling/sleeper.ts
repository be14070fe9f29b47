import { builtComponents } from '../deployments/components.js';
import type { ComponentRun } from '../running/component-run.js';
import { countsOf } from '../running/component-spec.js';
import type { LiveDeployment } from '../running/live-deployment.js';
import type { Loads, Watch } from './load-watch.js';

/** The least that `after_seconds` may be; which time App Platform takes without it is not documented. */
const defaultAfterSeconds = 600;

/** A service that may sleep. */
interface Idle {
  /** Requests that it had answered at the last look. */
  answered: number | undefined;
  /** Milliseconds since 1970. */
  since: number;
  /** Whether it is asleep, or falls asleep or wakes at the moment. */
  asleep: boolean;
}

/** Ends the instances of services without requests, as `inactivity_sleep` of their App Specs says; the next request starts them. */
export class Sleeper {
  readonly #known = new WeakMap<ComponentRun, Idle>();

  constructor(private readonly watch: Watch) {}

  concerns(live: LiveDeployment): boolean {
    return live.run.components.some((component) => mayRest(component, live));
  }

  look(loads: Loads): void {
    for (const [live, load] of loads) {
      for (const component of live.run.components.filter((one) => mayRest(one, live)))
        this.#lookAt(component, live, load?.[component.name]);
    }
  }

  #lookAt(
    component: ComponentRun,
    live: LiveDeployment,
    load: { answered: readonly number[]; inFlight: Readonly<Record<string, number>> } | undefined,
  ): void {
    const now = this.watch.clock.now();
    const idle = this.#known.get(component) ?? { answered: undefined, since: now, asleep: false };
    this.#known.set(component, idle);
    const answered = load?.answered.reduce((sum, one) => sum + one, 0);
    const isBusy = !load || Object.values(load.inFlight).some((count) => count > 0);
    if (isBusy || answered !== idle.answered) Object.assign(idle, { answered, since: now });
    else if (!idle.asleep && now - idle.since >= afterMs(component)) {
      idle.asleep = true;
      void this.watch.tasks.add(this.#rest(component, live, idle));
    }
  }

  /** Until it is awake again, or not live any more. */
  async #rest(component: ComponentRun, live: LiveDeployment, idle: Idle): Promise<void> {
    try {
      if (!(await this.#fallAsleep(component, live))) return;
      while (!(await this.#wake(component, live)));
    } catch (error) {
      // Another deployment is live, or the platform closes.
      if (!this.watch.closed.aborted && (error as Error).name !== 'AbortError') throw error;
    } finally {
      Object.assign(idle, { since: this.watch.clock.now(), asleep: false });
    }
  }

  async #fallAsleep(component: ComponentRun, live: LiveDeployment): Promise<boolean> {
    const from = live.run.instancesOf(component).length;
    if (!(await live.sleep(component))) return false;
    const event = await this.watch.events.begin(component, { from, to: 0, metric: 'scale_to_zero' });
    await event.end('SUCCEEDED');
    const idleFor = `${afterMs(component) / 1000} s without a request`;
    await component.log.write('DEPLOY', `asleep after ${idleFor}; the next request wakes it`);
    return true;
  }

  /** Waits for a request, and starts instances for it. False if none starts. */
  async #wake(component: ComponentRun, live: LiveDeployment): Promise<boolean> {
    await live.untilAsked(component);
    const { least: to } = countsOf(component.component);
    const event = await this.watch.events.begin(component, { from: 0, to, metric: 'scale_from_zero' });
    try {
      await live.resize(component, to, this.watch.closed);
      await event.end('SUCCEEDED');
      await component.log.write('DEPLOY', 'awake: a request came');
      return true;
    } catch (error) {
      if ((error as Error).name === 'AbortError') {
        await event.end('CANCELED');
        throw error;
      }
      await event.end('FAILED');
      const reason = component.redact((error as Error).message);
      await component.log.write('DEPLOY', `does not wake: ${reason}`);
      if (live.run.instancesOf(component).length > 0) return true;
      await live.wakeFailed(component, reason);
      return false;
    }
  }
}

function afterMs({ component }: ComponentRun): number {
  const { after_seconds: seconds = defaultAfterSeconds } =
    (component.kind === 'service' && component.spec.inactivity_sleep) || {};
  return seconds * 1000;
}

/**
 * Whether a service sleeps when it is idle: only requests through the URL of the app are seen, so not where other components know its
 * own address, or no rule leads to it.
 */
function mayRest({ component, name, deployment }: ComponentRun, live: LiveDeployment): boolean {
  if (component.kind !== 'service' || !component.spec.inactivity_sleep) return false;
  const isRouted = live.traffic.rules.some(({ to }) => 'component' in to && to.component === name);
  const others = builtComponents(deployment.spec).filter(({ spec }) => spec.name !== name);
  const known = JSON.stringify([deployment.spec.envs, others]).includes(`\${${name}.PRIVATE_`);
  return isRouted && !known && live.traffic.offline === undefined;
}
