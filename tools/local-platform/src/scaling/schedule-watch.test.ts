import type { AppSpec } from '@odoobo/app-platform/spec';
import { markOf, type ScheduledSize, withSchedule } from '@odoobo/app-platform/versions';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualProgression } from '../deployments/manual-progression.js';
import { Operations } from '../deployments/operations.js';
import { AppStore } from '../state/app-store.js';
import { openSecretBox } from '../state/secrets.js';
import { scalable } from '../testing/components.test.helper.js';
import { afterwards, noDigest, specOf } from '../testing/platform.test.helper.js';
import { ScheduleWatch } from './schedule-watch.js';

const zone = 'Europe/Berlin';
const office: ScheduledSize[] = [
  { cron: '0 8 * * 1-5', zone, instances: 4 },
  { cron: '0 20 * * 1-5', zone, instances: 1 },
];

const shop = (schedule: ScheduledSize[]): AppSpec =>
  withSchedule(specOf('shop', noDigest, { ...scalable, instance_count: 2 }), schedule);

/** Records without anything that runs, and the watch at a time of its own. */
class Scheduled {
  now = 0;
  readonly warnings: string[] = [];
  private constructor(
    readonly store: AppStore,
    readonly progression: ManualProgression,
    readonly operations: Operations,
  ) {}

  static async start(schedule: ScheduledSize[]): Promise<Scheduled> {
    const folder = await mkdtemp(join(tmpdir(), 'schedule-'));
    afterwards(() => rm(folder, { recursive: true, force: true }));
    const store = AppStore.inMemory();
    const progression = new ManualProgression(store);
    const operations = new Operations(store, await openSecretBox(join(folder, 'key')), progression);
    const scheduled = new Scheduled(store, progression, operations);
    await operations.create(shop(schedule));
    await progression.advance('shop', 'ACTIVE');
    return scheduled;
  }

  get app() {
    const app = this.store.byName('shop');
    if (!app) throw new Error('there is no app');
    return app;
  }

  /** What is deployed, newest first. */
  get sizes(): unknown[] {
    return this.app.deployments.map(
      ({ spec }) => spec.maintenance?.archive || spec.services?.[0]?.instance_count,
    );
  }

  /** Looks at a time; what it starts goes live. */
  async at(time: string, goesLive = true): Promise<unknown[]> {
    this.now = Date.parse(time);
    const { store, operations, warnings } = this;
    const clock = { now: () => this.now, sleep: async () => undefined };
    await new ScheduleWatch({ store, operations, clock, warn: (text) => warnings.push(text) }).look();
    if (goesLive && this.app.deployments[0]?.phase === 'PENDING_BUILD')
      await this.progression.advance('shop', 'ACTIVE');
    return this.sizes;
  }
}

describe('a schedule', () => {
  it('is applied at each of its times, once, however late', async () => {
    const scheduled = await Scheduled.start(office);
    expect(await scheduled.at('2026-11-30T06:59:59Z')).toEqual([1, 2]);
    expect(await scheduled.at('2026-11-30T08:00:00Z')).toEqual([4, 1, 2]);
    expect(await scheduled.at('2026-11-30T08:00:05Z')).toEqual([4, 1, 2]);
    expect(await scheduled.at('2026-11-30T12:00:00Z')).toEqual([4, 1, 2]);
    const live = scheduled.app.deployments[0];
    expect(live?.cause).toBe('scaled by its schedule');
    expect(markOf(live?.spec)?.scaled?.['web']).toMatchObject({ over: { instance_count: 2 } });
  });

  it('holds over both changes of the clocks', async () => {
    const scheduled = await Scheduled.start([
      { cron: '30 2 * * *', zone, instances: 1 },
      { cron: '45 2 * * *', zone, instances: 3 },
    ]);
    await scheduled.at('2026-03-28T12:00:00Z');
    // 02:30 and 02:45 are skipped: both an hour later.
    expect(await scheduled.at('2026-03-29T01:29:00Z')).toEqual([3, 2]);
    expect(await scheduled.at('2026-03-29T01:31:00Z')).toEqual([1, 3, 2]);
    expect(await scheduled.at('2026-03-29T01:46:00Z')).toEqual([3, 1, 3, 2]);
    await scheduled.at('2026-10-24T12:00:00Z');
    expect(await scheduled.at('2026-10-25T00:31:00Z')).toEqual([1, 3, 1, 3, 2]);
    expect(await scheduled.at('2026-10-25T00:46:00Z')).toEqual([3, 1, 3, 1, 3, 2]);
    // 02:31 comes again.
    expect(await scheduled.at('2026-10-25T01:31:00Z')).toEqual([3, 1, 3, 1, 3, 2]);
  });

  it('of two entries at one minute takes the later one, with one write', async () => {
    const scheduled = await Scheduled.start([
      { cron: '0 8 * * *', zone, instances: 4 },
      { cron: '0 8 * * *', zone, instances: 5 },
    ]);
    expect(await scheduled.at('2026-11-30T08:00:00Z')).toEqual([5, 2]);
  });

  it('waits for a deploy in progress, and comes again when a deploy has overtaken it', async () => {
    const scheduled = await Scheduled.start(office);
    await scheduled.at('2026-11-30T06:59:00Z');
    await scheduled.operations.redeploy(scheduled.app.id);
    expect(await scheduled.at('2026-11-30T07:00:00Z', false)).toEqual([1, 1, 2]);
    await scheduled.progression.advance('shop', 'ACTIVE');
    expect(await scheduled.at('2026-11-30T07:00:05Z', false)).toEqual([4, 1, 1, 2]);
    // Planned before it was written.
    await scheduled.operations.update(scheduled.app.id, shop(office));
    await scheduled.progression.advance('shop', 'ACTIVE');
    expect(await scheduled.at('2026-11-30T07:00:10Z')).toEqual([4, 2, 4, 1, 1, 2]);
  });

  it('leaves what a person has scaled until its next time', async () => {
    const scheduled = await Scheduled.start(office);
    await scheduled.at('2026-11-30T08:00:00Z');
    const spec = scheduled.app.spec;
    const six = { ...spec, services: spec.services?.map((one) => ({ ...one, instance_count: 6 })) ?? [] };
    await scheduled.operations.update(scheduled.app.id, six);
    await scheduled.progression.advance('shop', 'ACTIVE');
    expect(await scheduled.at('2026-11-30T08:30:00Z')).toEqual([6, 4, 2]);
    expect(await scheduled.at('2026-11-30T19:00:00Z')).toEqual([1, 6, 4, 2]);
  });

  it('warns once of what cannot be', async () => {
    const scheduled = await Scheduled.start([{ cron: '0 8 * * *', zone, size: 'apps-s-1vcpu-0.5gb' }]);
    expect(await scheduled.at('2026-11-30T08:00:00Z')).toEqual([2]);
    await scheduled.at('2026-11-30T08:00:05Z');
    expect(scheduled.warnings).toEqual([
      expect.stringMatching(/"shop" cannot be applied: .*one instance only/),
    ]);
  });
});
