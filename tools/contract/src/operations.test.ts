import type { App_service_spec, App_spec, Apps_image_source_spec } from '@digitalocean/dots';
import { AppPlatformClient } from '@odoobo/app-platform';
import { type PlatformOptions, startPlatform } from '@odoobo/local-platform';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { operationOf, operations } from './operations.js';
import { type Call, recordedClient } from './recorded-client.js';
import { unread } from './unread.js';

/** Calls that are not made here: to open a console. */
const refused = [
  'GET /v2/apps/{app_id}/components/{component_name}/exec',
  'GET /v2/apps/{app_id}/deployments/{deployment_id}/components/{component_name}/exec',
];

/** What the local platform returns and their client does not read, with the reason. */
const exceptions: [RegExp, string][] = [
  [
    /deployments?(\[\])?\.(cause_details|previous_deployment_id)$/,
    'known to their Go client alone (godo, apps.gen.go)',
  ],
  [/^(app|apps\[\])\.last_deployment_active_at$/, 'known to their Go client alone (godo, apps.gen.go)'],
  [/^max_free_static_apps$/, 'known to their Go client alone (godo, apps.gen.go)'],
  [
    /\.steps\[\]\.steps\[\]\.\w+$/,
    'their document gives a step in a step no fields; godo gives it those of a step',
  ],
  [
    /^job_invocation$/,
    'their document names this key where it describes the reply, and forgets it in the schema',
  ],
  [
    /^meta$/,
    'their document leaves it out of the lists of events and of job invocations; its other lists have it',
  ],
];

const image: Apps_image_source_spec = { registryType: 'DOCR', repository: 'shop', tag: 'v1' };

function specOf(service: Partial<App_service_spec> = { image }): App_spec {
  return { name: 'shop', services: [{ name: 'web', ...service }] };
}

describe("DigitalOcean's client and the local platform", () => {
  const all: Call[] = [];

  afterAll(() => {
    const called = new Set(all.filter(({ ok }) => ok).map(({ request }) => operationOf(request)?.id));
    expect(operations.map(({ id }) => id).filter((id) => !called.has(id))).toEqual(refused);
    const fields = all.flatMap(({ reply, model }) => (model ? unread(reply, model) : []));
    const unnamed = fields.filter((field) => !exceptions.some(([pattern]) => pattern.test(field)));
    expect(new Set(unnamed), 'fields that their client does not read').toEqual(new Set());
    const unneeded = exceptions.filter(([pattern]) => !fields.some((field) => pattern.test(field)));
    expect(unneeded, 'exceptions without a field').toEqual([]);
  });

  async function open(options: Partial<PlatformOptions> = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'contract-'));
    const platform = await startPlatform({ progression: 'manual', ...options, directory });
    onTestFinished(async () => {
      await platform.close();
      await rm(directory, { recursive: true });
    });
    return { platform, ...recordedClient(platform, all) };
  }

  it('creates, reads, lists, changes, restarts and deletes apps', async () => {
    const { apps, platform } = await open();
    const created = await apps.post({ spec: specOf(), projectId: '4f6c71e2-1e90-4762-9fee-6cc4a0a9f2cf' });
    const app = apps.byApp_Id(created?.app?.id ?? '');
    for (const phase of ['BUILDING', 'DEPLOYING', 'ACTIVE'] as const) {
      await platform.advance('shop', phase);
      expect((await app.get())?.app?.spec?.name).toBe('shop');
    }
    expect(
      (await apps.get({ queryParameters: { page: 1, perPage: 200, withProjects: true } }))?.apps,
    ).toHaveLength(1);
    await app.put({ spec: specOf(), updateAllSourceVersions: true });
    await platform.advance('shop', 'ACTIVE');
    await app.restart.post({ components: ['web'] });
    expect((await app.delete())?.id).toBe(created?.app?.id);
    await expect(app.get()).rejects.toMatchObject({ responseStatusCode: 404, id: 'not_found' });
  });

  it('deploys, cancels, and shows deployments, events and logs', async () => {
    const { apps, platform } = await open();
    const app = apps.byApp_Id((await apps.post({ spec: specOf() }))?.app?.id ?? '');
    await platform.advance('shop', 'ACTIVE');
    const { deployment } = (await app.deployments.post({ forceBuild: true })) ?? {};
    const one = app.deployments.byDeployment_id(deployment?.id ?? '');
    await platform.advance('shop', 'BUILDING');
    expect((await one.get())?.deployment?.phase).toBe('BUILDING');
    const logs = { queryParameters: { type: 'BUILD' as const, follow: true } };
    await one.logs.get(logs);
    await one.components.byComponent_name('web').logs.get(logs);
    await app.logs.get(logs);
    await app.components.byComponent_name('web').logs.get(logs);
    await app.events.byEvent_id(deployment?.id ?? '').logs.get(logs);
    expect((await one.cancel.post())?.deployment?.phase).toBe('CANCELED');
    expect(
      (await app.deployments.get({ queryParameters: { deploymentTypes: ['MANUAL'] } }))?.deployments,
    ).toHaveLength(2);

    const again = (await app.deployments.post({}))?.deployment?.id ?? '';
    const event = app.events.byEvent_id(again);
    expect((await event.get())?.event?.deploymentId).toBe(again);
    await event.cancel.post();
    expect((await app.events.get({ queryParameters: { eventTypes: ['DEPLOYMENT'] } }))?.events).toHaveLength(
      3,
    );
  });

  it('rolls back: validates, starts, commits and reverts', async () => {
    const { apps, platform } = await open();
    const { app: created } = (await apps.post({ spec: specOf() })) ?? {};
    const app = apps.byApp_Id(created?.id ?? '');
    await platform.advance('shop', 'ACTIVE');
    await app.deployments.post({});
    await platform.advance('shop', 'ACTIVE');
    const target = { deploymentId: created?.pendingDeployment?.id ?? '', skipPin: false };
    expect((await app.rollback.validate.post(target))?.valid).toBe(true);
    await app.rollback.post(target);
    expect((await app.get())?.app?.pinnedDeployment?.clonedFrom).toBe(target.deploymentId);
    const again = await app.rollback.validate.post(target);
    expect(again).toMatchObject({ valid: false, errorEscaped: { code: 'app_pinned' } });
    await app.rollback.revert.post();
    await platform.advance('shop', 'ACTIVE');
    await app.rollback.post(target);
    await app.rollback.commit.post();
    expect((await app.get())?.app?.pinnedDeployment).toBeUndefined();
  });

  it('proposes an app, and shows regions, instance sizes, alerts, bandwidth and what instances use', async () => {
    const { apps, metrics, platform } = await open();
    const spec = specOf();
    expect((await apps.propose.post({ spec }))?.appNameAvailable).toBe(true);
    // Their client does not know the alerts of an app, so it cannot send them.
    const ours = new AppPlatformClient(platform);
    const { id } = await ours.createApp({
      name: 'shop',
      alerts: [{ rule: 'DEPLOYMENT_FAILED' }],
      services: [{ name: 'web', image: { registry_type: 'DOCR', repository: 'shop', tag: 'v1' } }],
    });
    await ours.close();
    const app = apps.byApp_Id(id);
    await platform.advance('shop', 'ACTIVE');
    expect((await apps.propose.post({ spec, appId: id }))?.appCost).toBe(5);

    expect((await apps.regions.get())?.regions?.map(({ slug }) => slug)).toContain('nyc');
    const sizes = (await apps.tiers.instance_sizes.get())?.instanceSizes ?? [];
    const size = sizes[0]?.slug ?? '';
    expect((await apps.tiers.instance_sizes.bySlug(size).get())?.instanceSize).toEqual(sizes[0]);

    const [alert] = (await app.alerts.get())?.alerts ?? [];
    const destinations = {
      emails: ['sammy@example.com'],
      slackWebhooks: [{ url: 'https://hooks.slack.test/T/B/x', channel: '#ops' }],
    };
    const directed = await app.alerts.byAlert_id(alert?.id ?? '').destinations.post(destinations);
    expect(directed?.alert).toMatchObject(destinations);

    const date = new Date();
    const usage = await app.metrics.bandwidth_daily.get({ queryParameters: { date } });
    expect(await apps.metrics.bandwidth_daily.post({ appIds: [id], date })).toEqual(usage);

    const end = String(Math.ceil(Date.now() / 1000));
    const queryParameters = { appId: id, start: '0', end };
    for (const one of [metrics.cpu_percentage, metrics.memory_percentage, metrics.restart_count])
      expect(await one.get({ queryParameters })).toMatchObject({ status: 'success' });
  });

  it('builds from git, runs a job, and shows instances, health and invocations', async () => {
    const { apps } = await open({ progression: 'real' });
    const built = { git: { repoCloneUrl: await repository(), branch: 'main' }, environmentSlug: 'html' };
    const spec = {
      ...specOf({ ...built, runCommand: 'node server.js', healthCheck: { periodSeconds: 1 } }),
      jobs: [
        { name: 'migrate', kind: 'PRE_DEPLOY' as const, ...built, runCommand: 'true' },
        { name: 'slow', kind: 'POST_DEPLOY' as const, ...built, runCommand: 'exec sleep 600' },
      ],
    };
    const app = apps.byApp_Id((await apps.post({ spec }))?.app?.id ?? '');
    const active = await vi.waitUntil(async () => (await app.get())?.app?.activeDeployment, 20_000);
    const sourceCommitHash = expect.stringMatching(/^[0-9a-f]{40}$/);
    expect(active.jobs).toEqual([
      { name: 'migrate', sourceCommitHash },
      { name: 'slow', sourceCommitHash },
    ]);

    expect((await app.instances.get())?.instances).toMatchObject([{ componentType: 'SERVICE' }]);
    expect((await app.health.get())?.appHealth?.components).toMatchObject([{ state: 'HEALTHY' }]);

    const jobNames = ['migrate'];
    const [run] = (await app.jobInvocations.get({ queryParameters: { jobNames } }))?.jobInvocations ?? [];
    expect(run).toMatchObject({ phase: 'SUCCEEDED', deploymentId: active.id });
    const id = run?.id ?? '';
    await app.jobInvocations.byJob_invocation_id(id).get();
    const invocation = app.jobs.byJob_name('migrate').invocations.byJob_invocation_id(id);
    const logs = await invocation.logs.get({ queryParameters: { type: 'JOB_INVOCATION' } });
    expect(logs?.historicUrls).toHaveLength(1);
    const slow = await vi.waitUntil(async () => {
      const { jobInvocations } =
        (await app.jobInvocations.get({ queryParameters: { jobNames: ['slow'] } })) ?? {};
      return jobInvocations?.[0]?.phase === 'RUNNING' ? jobInvocations[0] : undefined;
    }, 20_000);
    await app.jobInvocations.byJob_invocation_id(slow.id ?? '').cancel.post();
    const left = await app.jobInvocations.get({ queryParameters: { jobNames: ['slow'] } });
    expect(left?.jobInvocations?.[0]?.phase).toBe('CANCELED');
  });

  it('cannot deploy an image by its digest: it always sends a tag, and App Platform takes one of the two', async () => {
    const { apps } = await open();
    const digest = `sha256:${'0'.repeat(64)}`;
    const spec = specOf({ image: { registryType: 'DOCR', repository: 'shop', digest } });
    await expect(apps.post({ spec })).rejects.toMatchObject({
      responseStatusCode: 400,
      messageEscaped: expect.stringContaining('services/0/image/tag'),
    });
  });
});

/** A git repository with a service. */
async function repository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const source = `require('node:http').createServer((_, reply) => reply.end('ok')).listen(process.env.PORT, process.env.HOST);`;
  await writeFile(join(folder, 'server.js'), source);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...args], {
      cwd: folder,
    });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--no-gpg-sign', '--message', 'A service');
  return folder;
}
