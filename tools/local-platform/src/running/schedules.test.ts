import type { App, AppSpec, Job } from '@odoobo/app-platform/spec';
import { describe, expect, it } from 'vitest';
import { isGone, job, runsOfJobs, service } from '../testing/components.test.helper.js';
import { eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { TurnedClock } from '../testing/turned-clock.test.helper.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** At 00:30 of UTC in winter. */
const schedule = { cron: '30 1 * * *', time_zone: 'Europe/Berlin' };

async function specWith(test: TestPlatform, source: string, more: Partial<Job> = {}): Promise<AppSpec> {
  return {
    name: 'shop',
    services: [service('web', await test.image(goodService('one')))],
    jobs: [job('report', 'SCHEDULED', await test.image(source), { schedule, ...more })],
  };
}

/** Turns the clock once the job waits for its time. */
async function turn(clock: TurnedClock, milliseconds: number): Promise<void> {
  await eventually(() => (clock.asleep > 0 ? true : undefined));
  clock.turn(milliseconds);
}

async function untilRuns(test: TestPlatform, { id }: App, runs: string[]): Promise<void> {
  await expect.poll(() => runsOfJobs(test, id), { timeout: 10_000 }).toEqual(runs);
}

describe('a job with a schedule', () => {
  it('runs at its time in its time zone, again after a restart, and is listed with its trigger', async () => {
    const clock = new TurnedClock();
    const first = await testPlatform({ clock });
    const { directory } = first;
    const app = await first.deploy(await specWith(first, `console.log('reported')`));
    await turn(clock, 29 * minuteMs);
    expect(await runsOfJobs(first, app.id)).toEqual([]);
    await turn(clock, minuteMs);
    await untilRuns(first, app, ['report SUCCEEDED']);
    const path = `/v2/apps/${app.id}/job-invocations`;
    const { body } = await first.call<{ job_invocations: object[] }>('GET', path);
    expect(body.job_invocations[0]).toMatchObject({
      trigger: { type: 'SCHEDULE', scheduled: { schedule } },
    });
    expect(await first.log(app.id, 'RUN')).toContain('reported');

    await first.platform.close();
    const second = await testPlatform({ directory, clock });
    await second.settled(app.id);
    await turn(clock, dayMs);
    await untilRuns(second, app, ['report SUCCEEDED', 'report SUCCEEDED']);
  }, 30_000);

  it('is skipped while the run before goes on, and cancelled with its deployment', async () => {
    const clock = new TurnedClock();
    const test = await testPlatform({ clock });
    const endless = `console.log(process.pid); setInterval(() => undefined, 1000);`;
    const app = await test.deploy(await specWith(test, endless));
    await turn(clock, 30 * minuteMs);
    await untilRuns(test, app, ['report RUNNING']);
    const pid = await eventually(
      async () => Number(/^\d+$/m.exec(await test.log(app.id, 'RUN'))?.[0]) || undefined,
    );
    await turn(clock, dayMs);
    await untilRuns(test, app, ['report SKIPPED', 'report RUNNING']);
    await test.redeploy(app.id, { ...app.spec, jobs: [] });
    await untilRuns(test, app, ['report SKIPPED', 'report CANCELED']);
    await isGone(pid);
  }, 30_000);

  it('is cancelled alone, and runs at its next time', async () => {
    const clock = new TurnedClock();
    const test = await testPlatform({ clock });
    const endless = `console.log(process.pid); setInterval(() => undefined, 1000);`;
    const app = await test.deploy(await specWith(test, endless));
    await turn(clock, 30 * minuteMs);
    const pid = await eventually(
      async () => Number(/^\d+$/m.exec(await test.log(app.id, 'RUN').catch(() => ''))?.[0]) || undefined,
    );
    const path = `/v2/apps/${app.id}/job-invocations`;
    const { body } = await test.call<{ job_invocations: { id: string }[] }>('GET', path);
    const cancel = `${path}/${body.job_invocations[0]?.id}/cancel`;
    expect(await test.call('POST', cancel)).toMatchObject({
      status: 200,
      body: { job_invocation: { job_name: 'report', phase: 'CANCELED', trigger: { type: 'SCHEDULE' } } },
    });
    await isGone(pid);
    expect((await test.call('POST', cancel)).status).toBe(400);
    // The first may come before the end of the cancelled run is noted, and is skipped then.
    await eventually(async () => {
      await turn(clock, dayMs);
      return (await runsOfJobs(test, app.id)).includes('report RUNNING') || undefined;
    });
    expect((await test.app(app.id)).active_deployment?.phase).toBe('ACTIVE');
  }, 30_000);

  it('leaves its app as it is when it fails', async () => {
    const clock = new TurnedClock();
    const test = await testPlatform({ clock });
    const app = await test.deploy(await specWith(test, 'process.exit(3)'));
    await turn(clock, 30 * minuteMs);
    await untilRuns(test, app, ['report FAILED']);
    expect(await test.log(app.id, 'RUN')).toContain(
      'DeployContainerExitNonZero: The job exited with code 3.',
    );
    expect((await test.app(app.id)).active_deployment?.phase).toBe('ACTIVE');
  }, 30_000);

  it('is refused with a schedule that never comes', async () => {
    const test = await testPlatform();
    const spec = await specWith(test, '', { schedule: { cron: '61 * * * *' } });
    const { status, body } = await test.call('POST', '/v2/apps/propose', { spec });
    expect([status, body['message']]).toEqual([
      400,
      expect.stringContaining(
        'jobs/0/schedule/cron: expected minute, hour, day of month, month and day of week',
      ),
    ]);
  });
});
