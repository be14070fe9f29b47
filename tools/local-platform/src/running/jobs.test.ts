import type { App, AppSpec, Deployment, Job } from '@odoobo/app-platform/spec';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, isGone, job, keepAsking, runsOfJobs, service } from '../testing/components.test.helper.js';
import { eventually, impatient, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { goodService, ledgerKeeper, sickService } from '../testing/services.test.helper.js';

/** Jobs that note in one file when they run. */
class Jobs {
  readonly ledger: string;

  constructor(private readonly test: TestPlatform) {
    this.ledger = join(test.directory, 'ledger');
  }

  async make(name: string, kind: Job['kind'], exit: number | 'never' = 0): Promise<Job> {
    const envs = [
      { key: 'LEDGER', value: this.ledger },
      { key: 'NAME', value: name },
    ];
    return job(name, kind, await this.test.image(ledgerKeeper(exit)), { envs });
  }

  /** What was noted, without the processes. */
  async noted(): Promise<string[]> {
    const text = await readFile(this.ledger, 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => line.replace(/ \d+$/, '') || []);
  }

  /** The process of a job that is in progress. */
  pidOf(name: string): Promise<number> {
    return eventually(async () => {
      const text = await readFile(this.ledger, 'utf8').catch(() => '');
      const [, pid] = new RegExp(`^${name} (\\d+)$`, 'm').exec(text) ?? [];
      return pid === undefined ? undefined : Number(pid);
    });
  }
}

async function specWith(test: TestPlatform, version: string, jobs: Job[]): Promise<AppSpec> {
  return { name: 'shop', services: [service('web', await test.image(goodService(version)))], jobs };
}

async function deploymentsOf(test: TestPlatform, app: App): Promise<Deployment[]> {
  const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${app.id}/deployments`);
  return body.deployments;
}

/** Cancels the newest run of a job, or of any. */
async function cancelRun(test: TestPlatform, { id }: App, name?: string) {
  const path = `/v2/apps/${id}/job-invocations`;
  const query = name === undefined ? '' : `?job_names=${name}`;
  const { body } = await test.call<{ job_invocations: { id: string }[] }>('GET', `${path}${query}`);
  return test.call('POST', `${path}/${body.job_invocations[0]?.id}/cancel`);
}

describe('jobs of a deployment that succeeds', () => {
  it('run one after the other before anything starts, and after it is live; each has a log and an invocation', async () => {
    const test = await testPlatform();
    const jobs = new Jobs(test);
    const spec = await specWith(test, 'one', [
      await jobs.make('announce', 'POST_DEPLOY'),
      await jobs.make('migrate', 'PRE_DEPLOY'),
      await jobs.make('seed', 'PRE_DEPLOY'),
      await jobs.make('mourn', 'FAILED_DEPLOY'),
    ]);
    const app = await test.deploy(spec);
    await eventually(async () =>
      (await runsOfJobs(test, app.id))[0] === 'announce SUCCEEDED' ? true : undefined,
    );
    expect(await jobs.noted()).toEqual(['migrate', 'seed', 'announce']);
    expect(await runsOfJobs(test, app.id)).toEqual([
      'announce SUCCEEDED',
      'seed SUCCEEDED',
      'migrate SUCCEEDED',
    ]);
    const [deployment] = await deploymentsOf(test, app);
    const { success_steps: success, total_steps: total } = deployment?.progress ?? {};
    // The job that runs on failure stays pending.
    expect([success, total]).toEqual([16, 18]);
    const { body } = await test.call<{ historic_urls: string[] }>(
      'GET',
      `/v2/apps/${app.id}/components/migrate/logs?type=RUN`,
    );
    expect(await (await fetch(body.historic_urls[0] ?? '')).text()).toMatch(/^migrate \S+Z done\n$/);
  });

  it('leave the deployment live when a POST_DEPLOY job fails', async () => {
    const test = await testPlatform();
    const jobs = new Jobs(test);
    const app = await test.deploy(
      await specWith(test, 'one', [
        await jobs.make('announce', 'POST_DEPLOY', 3),
        await jobs.make('warm-up', 'POST_DEPLOY'),
      ]),
    );
    await eventually(async () =>
      (await runsOfJobs(test, app.id))[0] === 'warm-up SUCCEEDED' ? true : undefined,
    );
    expect(await runsOfJobs(test, app.id)).toContain('announce FAILED');
    const { active_deployment: active } = await test.app(app.id);
    expect(active?.id).toBe(app.active_deployment?.id);
    const failed = active?.progress?.summary_steps?.find(({ status }) => status === 'ERROR');
    expect(failed).toMatchObject({
      component_name: 'announce',
      reason: { code: 'DeployContainerExitNonZero' },
    });
  });
});

describe('a pre-deploy job that fails', () => {
  it('fails the deployment with its exit code; the old version answers every request, and no new process starts', async () => {
    const test = await testPlatform();
    const jobs = new Jobs(test);
    const app = await test.deploy(await specWith(test, 'one', []));
    const load = keepAsking(app.live_url ?? '');
    const failed = await test.redeploy(
      app.id,
      await specWith(test, 'two', [
        await jobs.make('migrate', 'PRE_DEPLOY', 3),
        await jobs.make('seed', 'PRE_DEPLOY'),
        await jobs.make('mourn', 'FAILED_DEPLOY'),
      ]),
    );
    expect(failed.phase).toBe('ERROR');
    const step = failed.progress?.summary_steps?.find(({ status }) => status === 'ERROR');
    expect(step).toMatchObject({
      name: 'wait',
      component_name: 'migrate',
      reason: { code: 'DeployContainerExitNonZero' },
    });
    expect(step?.reason?.message).toContain('The job exited with code 3');
    await eventually(async () =>
      (await runsOfJobs(test, app.id))[0] === 'mourn SUCCEEDED' ? true : undefined,
    );
    expect(await runsOfJobs(test, app.id)).toEqual(['mourn SUCCEEDED', 'seed SKIPPED', 'migrate FAILED']);
    expect(await jobs.noted()).toEqual(['migrate', 'mourn']);
    expect(await load.stop()).toEqual(new Set([200]));
    expect(await ask(await test.app(app.id))).toMatchObject({ version: 'one' });
  });
});

describe('a job under way', () => {
  it('ends when its deployment is cancelled or superseded', async () => {
    const test = await testPlatform();
    const jobs = new Jobs(test);
    const app = await test.create(
      await specWith(test, 'one', [await jobs.make('first', 'PRE_DEPLOY', 'never')]),
    );
    const pid = await jobs.pidOf('first');
    const [deployment] = await deploymentsOf(test, app);
    const path = `/v2/apps/${app.id}/deployments/${deployment?.id}/cancel`;
    expect(await cancelRun(test, app)).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining(`/deployments/${deployment?.id}/cancel`) },
    });
    const { body } = await test.call<{ deployment: Deployment }>('POST', path);
    expect(body.deployment.phase).toBe('CANCELED');
    expect(await runsOfJobs(test, app.id)).toEqual(['first CANCELED']);
    await isGone(pid);
    await test.call('PUT', `/v2/apps/${app.id}`, {
      spec: await specWith(test, 'two', [await jobs.make('second', 'PRE_DEPLOY', 'never')]),
    });
    const overtaken = await jobs.pidOf('second');
    expect((await test.redeploy(app.id, await specWith(test, 'three', []))).phase).toBe('ACTIVE');
    await isGone(overtaken);
    expect(await runsOfJobs(test, app.id)).toEqual(['second CANCELED', 'first CANCELED']);
    expect(await ask(await test.app(app.id))).toMatchObject({ version: 'three' });
  });

  it('ends when the next deployment is live, if it is a POST_DEPLOY job', async () => {
    const test = await testPlatform();
    const jobs = new Jobs(test);
    const app = await test.deploy(
      await specWith(test, 'one', [await jobs.make('slow', 'POST_DEPLOY', 'never')]),
    );
    const pid = await jobs.pidOf('slow');
    await test.redeploy(app.id, await specWith(test, 'two', []));
    await isGone(pid);
    await eventually(async () =>
      (await runsOfJobs(test, app.id))[0] === 'slow CANCELED' ? true : undefined,
    );
    expect((await jobs.noted()).at(-1)).toBe('slow TERM');
  });

  it('ends alone when its run is cancelled, if it is a POST_DEPLOY job: the next one runs', async () => {
    const test = await testPlatform();
    const jobs = new Jobs(test);
    const app = await test.deploy(
      await specWith(test, 'one', [
        await jobs.make('slow', 'POST_DEPLOY', 'never'),
        await jobs.make('announce', 'POST_DEPLOY'),
      ]),
    );
    const pid = await jobs.pidOf('slow');
    expect(await cancelRun(test, app, 'slow')).toMatchObject({
      status: 200,
      body: { job_invocation: { job_name: 'slow', phase: 'CANCELED' } },
    });
    await isGone(pid);
    await eventually(async () =>
      (await runsOfJobs(test, app.id)).includes('announce SUCCEEDED') ? true : undefined,
    );
    expect((await test.app(app.id)).active_deployment?.phase).toBe('ACTIVE');
  });

  it('runs again if the platform was stopped meanwhile, if it is a POST_DEPLOY job', async () => {
    const first = await testPlatform();
    const jobs = new Jobs(first);
    const app = await first.deploy(
      await specWith(first, 'one', [await jobs.make('slow', 'POST_DEPLOY', 'never')]),
    );
    await jobs.pidOf('slow');
    await first.platform.close();
    expect(await jobs.noted()).toEqual(['slow', 'slow TERM']);
    const second = await testPlatform({ directory: first.directory });
    await eventually(async () => ((await jobs.noted()).length === 3 ? true : undefined));
    expect(await runsOfJobs(second, app.id)).toEqual(['slow RUNNING', 'slow CANCELED']);
  });
});

describe('jobs for a deployment that fails', () => {
  it('run when a service fails its health check', async () => {
    const test = await testPlatform();
    const jobs = new Jobs(test);
    const sick = service('web', await test.image(sickService), { health_check: impatient });
    const mourn = await jobs.make('mourn', 'FAILED_DEPLOY');
    const app = await test.deploy({ name: 'shop', services: [sick], jobs: [mourn] });
    await eventually(async () =>
      (await runsOfJobs(test, app.id))[0] === 'mourn SUCCEEDED' ? true : undefined,
    );
    expect((await deploymentsOf(test, app))[0]?.phase).toBe('ERROR');
  });
});
