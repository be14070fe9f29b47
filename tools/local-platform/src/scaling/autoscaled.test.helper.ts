import type { App, Service } from '@odoobo/app-platform/spec';
import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformOptions } from '../start-stop/platform.js';
import { eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { TurnedClock } from '../testing/turned-clock.test.helper.js';
import { periodMs } from './load-watch.js';

/** How long the load is measured for: the clock of the test turns at once. */
const measuredMs = 250;

export const between = (least: number, most: number, metrics: object): Partial<Service> => ({
  instance_size_slug: 'apps-d-1vcpu-0.5gb',
  autoscaling: { min_instance_count: least, max_instance_count: most, metrics },
});

/** A platform whose periods of autoscaling a test turns. */
export class Autoscaled {
  private constructor(
    readonly test: TestPlatform,
    private readonly clock: TurnedClock,
  ) {}

  static async start(options: Partial<PlatformOptions> = {}): Promise<Autoscaled> {
    const clock = new TurnedClock();
    return new Autoscaled(await testPlatform({ ...options, clock }), clock);
  }

  /** Lets a period pass, in which the load is measured; or several without a look in between. */
  async period(passedMs = periodMs): Promise<void> {
    await delay(measuredMs);
    await this.looked();
    this.clock.turn(passedMs);
    await this.looked();
  }

  /** Both that look at the load and at schedules wait for the next time. */
  private async looked(): Promise<void> {
    await eventually(() => this.clock.asleep > 1 || undefined);
  }

  async instances(app: App): Promise<string[]> {
    const { body } = await this.test.call<{ instances: { instance_alias: string }[] }>(
      'GET',
      `/v2/apps/${app.id}/instances`,
    );
    return body.instances.map((one) => one.instance_alias.replace(/-[0-9a-f]{8}/, ''));
  }

  async settled(app: App, count: number): Promise<string[]> {
    return eventually(async () => {
      const names = await this.instances(app);
      return names.length === count ? names : undefined;
    });
  }

  async events(app: App): Promise<string[]> {
    const { body } = await this.test.call<{
      events: { autoscaling: { phase: string; components: object } }[];
    }>('GET', `/v2/apps/${app.id}/events?event_types=AUTOSCALING`);
    return body.events.map(
      ({ autoscaling: { phase, components } }) => `${phase} ${JSON.stringify(components)}`,
    );
  }
}

/** Asks all the time, `perSecond` times in all at most; stops with the statuses of all answers, 0 for none. */
export function load(app: App, perSecond: number, path = '') {
  const answers = new Map<number, number>();
  const over = new AbortController();
  const clients = perSecond > 100 ? 4 : 1;
  const asking = Array.from({ length: clients }, async () => {
    while (!over.signal.aborted) {
      const { status } = await fetch(`${app.live_url}${path}`).catch(() => ({ status: 0 }));
      answers.set(status, (answers.get(status) ?? 0) + 1);
      await delay((1000 * clients) / perSecond);
    }
  });
  return {
    stop: async (): Promise<number[]> => {
      over.abort();
      await Promise.all(asking);
      return [...answers.keys()];
    },
  };
}

export const sleepsAfterMs = 600_000;
export const sleepy = { inactivity_sleep: { after_seconds: sleepsAfterMs / 1000 } };

/** Lets the time pass until a service that is `sleepy` sleeps. */
export async function asleep(scaled: Autoscaled, app: App): Promise<void> {
  await scaled.period();
  await scaled.period(sleepsAfterMs);
  await scaled.settled(app, 0);
}
