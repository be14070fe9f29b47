import type { App, AppSpec } from '@odoobo/app-platform/spec';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { documentIsThere, exercised, operations } from '../testing/contract.test.helper.js';
import {
  noDigest,
  specOf,
  temporaryFolder,
  type TestPlatform,
  testPlatform,
} from '../testing/platform.test.helper.js';

const manual = { progression: 'manual' as const };

/** They need what runs: console.test.ts. */
const consoles = [
  'GET /v2/apps/{app_id}/components/{component_name}/exec',
  'GET /v2/apps/{app_id}/deployments/{deployment_id}/components/{component_name}/exec',
];
/** A call that must succeed; every call of a test platform and its answer are checked against the document. */
async function done<T = unknown>(
  test: TestPlatform,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await test.call<T>(method, path, body);
  expect(answer, `${method} ${path}`).toMatchObject({ status: 200 });
  return answer.body;
}

/** The record that a deployment with a job leaves; manual progression runs nothing, so the test writes it. */
async function platformWithJob(): Promise<{ test: TestPlatform; app: App }> {
  const directory = await temporaryFolder();
  const first = await testPlatform({ ...manual, directory });
  const app = await first.create({
    ...specOf('shop', noDigest),
    jobs: [
      {
        name: 'migrate',
        kind: 'PRE_DEPLOY',
        image: { registry_type: 'DOCR', repository: 'shop', digest: noDigest },
      },
    ],
  });
  await first.platform.advance('shop', 'ACTIVE');
  await first.platform.close();
  const [name = ''] = (await readdir(join(directory, 'apps'))).filter((one) => one.endsWith('.json'));
  const file = join(directory, 'apps', name);
  const record = JSON.parse(await readFile(file, 'utf8')) as { deployments: Record<string, unknown>[] };
  const at = '2026-01-31T12:00:00.000Z';
  Object.assign(record.deployments[0] ?? {}, {
    sources: { web: { commit: '9a4df0b8e161e323bc3cdf1dc71878080fe144fa' } },
    invocations: [
      { id: 'run-1', job: 'migrate', phase: 'SUCCEEDED', createdAt: at, startedAt: at, completedAt: at },
      { id: 'run-2', job: 'migrate', phase: 'RUNNING', createdAt: at, startedAt: at },
    ],
  });
  await writeFile(file, JSON.stringify(record));
  return { test: await testPlatform({ ...manual, directory }), app };
}

/** Each answer is checked against the official document where that exists: testing/contract.test.helper.ts. */
describe('every operation of App Platform', () => {
  afterAll(() => {
    if (!documentIsThere) return;
    const ids = operations.map(({ id }) => id);
    const missing = ids.filter((id) => !exercised.has(id) && !consoles.includes(id));
    expect(missing, 'operations of the document that no test here has called with success').toEqual([]);
  });

  it('creates, reads, lists, updates and deletes apps', async () => {
    const test = await testPlatform(manual);
    const spec = specOf('shop', noDigest);
    const { app } = await done<{ app: App }>(test, 'POST', '/v2/apps', { spec, project_id: 'p-1' });
    await done(test, 'GET', '/v2/apps?page=1&per_page=200&with_projects=true');
    for (const phase of ['BUILDING', 'DEPLOYING', 'ACTIVE'] as const) {
      await test.platform.advance('shop', phase);
      await done(test, 'GET', `/v2/apps/${app.id}`);
    }
    await done(test, 'GET', '/v2/apps/?name=shop');
    await done(test, 'PUT', `/v2/apps/${app.id}`, { spec, update_all_source_versions: true });
    await done(test, 'DELETE', `/v2/apps/${app.id}`);
    expect((await test.call('GET', `/v2/apps/${app.id}`)).status).toBe(404);
  });

  it('creates, lists, reads, restarts and cancels deployments, failed ones too', async () => {
    const test = await testPlatform(manual);
    const app = await test.create(specOf('shop', noDigest));
    await test.platform.advance('shop', 'ACTIVE');
    await done(test, 'POST', `/v2/apps/${app.id}/restart`, { components: ['web'] });
    await test.platform.advance('shop', 'ERROR');
    const path = `/v2/apps/${app.id}/deployments`;
    await done(test, 'GET', `${path}?deployment_types=MANUAL&deployment_types=DEPLOY_ON_PUSH`);
    type Created = { deployment: { id: string } };
    const { deployment } = await done<Created>(test, 'POST', path, { force_build: true });
    await done(test, 'GET', `${path}/${deployment.id}`);
    await done(test, 'POST', `${path}/${deployment.id}/cancel`);
    expect((await test.call('POST', `${path}/${deployment.id}/cancel`)).status).toBe(400);
  });

  it('lists, reads and cancels events', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(specOf('shop', noDigest));
    const path = `/v2/apps/${id}/events`;
    const { events } = await done<{ events: { id: string }[] }>(
      test,
      'GET',
      `${path}?event_types=DEPLOYMENT`,
    );
    const event = `${path}/${events[0]?.id}`;
    await done(test, 'GET', event);
    await test.platform.advance('shop', 'BUILDING');
    await done(test, 'GET', `${event}/logs?type=BUILD&follow=true`);
    await done(test, 'POST', `${event}/cancel`);
  });

  it('names the logs of an app, a deployment and a component', async () => {
    const test = await testPlatform(manual);
    const app = await test.create(specOf('shop', noDigest));
    await test.platform.advance('shop', 'ACTIVE');
    const deployment = `/deployments/${app.pending_deployment?.id}`;
    for (const place of ['', '/components/web', deployment, `${deployment}/components/web`])
      await done(test, 'GET', `/v2/apps/${app.id}${place}/logs?type=RUN&follow=true&tail_lines=10`);
  });

  it('lists, reads, names the logs of and cancels job invocations', async () => {
    const { test, app } = await platformWithJob();
    const path = `/v2/apps/${app.id}/job-invocations`;
    const deployment = app.pending_deployment?.id;
    await done(test, 'GET', `${path}?job_names=migrate&deployment_id=${deployment}&page=1&per_page=1`);
    await done(test, 'GET', `${path}/run-1?job_name=migrate`);
    await done(test, 'GET', `/v2/apps/${app.id}/jobs/migrate/invocations/run-1/logs?type=JOB_INVOCATION`);
    await done(test, 'POST', `${path}/run-2/cancel`);
    const cancel = async (id: string) => (await test.call('POST', `${path}/${id}/cancel`)).status;
    expect([await cancel('run-1'), await cancel('run-2'), await cancel('none')]).toEqual([400, 400, 404]);
  });

  it('validates, makes, commits and reverts rollbacks', async () => {
    const test = await testPlatform(manual);
    const app = await test.create(specOf('shop', noDigest));
    await test.platform.advance('shop', 'ACTIVE');
    await test.call('POST', `/v2/apps/${app.id}/deployments`, {});
    await test.platform.advance('shop', 'ACTIVE');
    const body = { deployment_id: app.pending_deployment?.id, skip_pin: false };
    const path = `/v2/apps/${app.id}/rollback`;
    await done(test, 'POST', `${path}/validate`, body);
    await done(test, 'POST', path, body);
    await done(test, 'GET', `/v2/apps/${app.id}`);
    await done(test, 'POST', `${path}/validate`, body);
    await done(test, 'POST', `${path}/revert`);
    await test.platform.advance('shop', 'ACTIVE');
    await done(test, 'POST', path, body);
    await done(test, 'POST', `${path}/commit`);
  });

  it('lists regions and instance sizes', async () => {
    const test = await testPlatform(manual);
    await done(test, 'GET', '/v2/apps/regions');
    await done(test, 'GET', '/v2/apps/tiers/instance_sizes');
    await done(test, 'GET', '/v2/apps/tiers/instance_sizes/apps-s-1vcpu-0.5gb');
    expect((await test.call('GET', '/v2/apps/tiers/instance_sizes/huge')).status).toBe(404);
  });

  it('shows instances and their resource use, for one app and for several', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(specOf('shop', noDigest));
    await done(test, 'GET', `/v2/apps/${id}/instances`);
    await done(test, 'GET', `/v2/apps/${id}/health`);
    await done(test, 'GET', `/v2/apps/${id}/metrics/bandwidth_daily?date=2026-01-31T10:00:00Z`);
    const body = { app_ids: [id], date: '2026-01-31T10:00:00Z' };
    await done(test, 'POST', '/v2/apps/metrics/bandwidth_daily', body);
  });

  it('proposes apps, and lists and directs alerts', async () => {
    const test = await testPlatform(manual);
    const spec: AppSpec = { ...specOf('shop', noDigest), alerts: [{ rule: 'DEPLOYMENT_FAILED' }] };
    await done(test, 'POST', '/v2/apps/propose', { spec });
    const { id } = await test.create(spec);
    await done(test, 'POST', '/v2/apps/propose', { spec, app_id: id });
    const { alerts } = await done<{ alerts: { id: string }[] }>(test, 'GET', `/v2/apps/${id}/alerts`);
    await done(test, 'POST', `/v2/apps/${id}/alerts/${alerts[0]?.id}/destinations`, {
      emails: ['sammy@example.com'],
      slack_webhooks: [{ url: 'https://hooks.slack.test/T/B/x', channel: '#ops' }],
    });
  });
});
