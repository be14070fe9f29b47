import type { App, AppSpec, Deployment, Proposal } from '@odoobo/app-platform/spec';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLiveLog } from '../testing/live-log.test.helper.js';
import { noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

const manual = { progression: 'manual' as const };
const spec = (name = 'shop') => specOf(name, noDigest);

describe('an app', () => {
  it('keeps its project, and the list shows it when asked', async () => {
    const test = await testPlatform(manual);
    const { body } = await test.call<{ app: App }>('POST', '/v2/apps', { spec: spec(), project_id: 'p-1' });
    expect((await test.app(body.app.id)).project_id).toBe('p-1');
    const listed = async (query: string) =>
      (await test.call<{ apps: App[] }>('GET', `/v2/apps${query}`)).body.apps.map((app) => app.project_id);
    expect(await listed('')).toEqual([undefined]);
    expect(await listed('?with_projects=true')).toEqual(['p-1']);
  });

  it('is found by its name when the path has no id', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec());
    expect((await test.call<{ app: App }>('GET', '/v2/apps/?name=shop')).body.app.id).toBe(id);
    expect(await test.call('GET', '/v2/apps/?name=none')).toMatchObject({
      status: 404,
      body: { message: 'An app named "none" could not be found.' },
    });
    expect((await test.call('GET', '/v2/apps/')).status).toBe(404);
  });

  it('is unchanged by the spec that was read back, secrets and all', async () => {
    const test = await testPlatform(manual);
    const { id, spec: first } = await test.create({
      ...spec(),
      envs: [{ key: 'TOKEN', type: 'SECRET', value: 'hunter2' }],
    });
    const { body } = await test.call<{ app: App }>('PUT', `/v2/apps/${id}`, { spec: first });
    expect(body.app.spec).toEqual(first);
  });
});

describe('a deployment', () => {
  it('names its cause and the previous deployment', async () => {
    const test = await testPlatform(manual);
    const app = await test.create(spec());
    const first = app.pending_deployment?.id;
    await test.platform.advance('shop', 'ACTIVE');
    await test.call('PUT', `/v2/apps/${app.id}`, { spec: spec() });
    await test.platform.advance('shop', 'ACTIVE');
    const path = `/v2/apps/${app.id}`;
    await test.call('POST', `${path}/rollback`, { deployment_id: first, skip_pin: true });
    const list = async (query = '') =>
      (await test.call<{ deployments: Deployment[] }>('GET', `${path}/deployments${query}`)).body.deployments;
    const [rollback, second] = await list();
    expect(rollback).toMatchObject({
      cause_details: { type: 'MANUAL_ROLLBACK' },
      cloned_from: first,
      previous_deployment_id: second?.id,
    });
    expect((await list('?deployment_types=MANUAL_ROLLBACK')).map(({ id }) => id)).toEqual([rollback?.id]);
    expect(await list('?deployment_types=DEPLOY_ON_PUSH')).toEqual([]);
    expect((await test.call('GET', `${path}/deployments?deployment_types=X`)).status).toBe(400);
  });

  it('is an event; page links of a filtered list keep the filter', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec());
    await test.call('POST', `/v2/apps/${id}/deployments`);
    type Events = {
      events: { id: string; type: string; deployment: Deployment }[];
      links: { pages: { next?: string } };
    };
    const events = async (path: string) => (await test.call<Events>('GET', path)).body;
    const first = await events(`/v2/apps/${id}/events?event_types=DEPLOYMENT&per_page=1`);
    expect(first.events[0]).toMatchObject({ type: 'DEPLOYMENT', deployment: { cause: 'manual' } });
    const next = new URL(first.links.pages.next ?? '');
    expect(next.searchParams.get('event_types')).toBe('DEPLOYMENT');
    const second = await events(next.pathname + next.search);
    expect(second.events[0]?.deployment.cause).toBe('initial deployment');
    expect((await events(`/v2/apps/${id}/events?event_types=AUTOSCALING`)).events).toEqual([]);
    const cancelled = await test.call<{ event: { deployment: Deployment } }>(
      'POST',
      `/v2/apps/${id}/events/${first.events[0]?.id}/cancel`,
    );
    expect(cancelled.body.event.deployment.phase).toBe('CANCELED');
    expect((await test.call('GET', `/v2/apps/${id}/events/none`)).status).toBe(404);
  });
});

describe('alerts', () => {
  const withAlerts: AppSpec = {
    ...spec(),
    alerts: [{ rule: 'DEPLOYMENT_FAILED' }],
    services: (spec().services ?? []).map((service) => ({
      ...service,
      alerts: [{ rule: 'CPU_UTILIZATION', operator: 'GREATER_THAN', value: 80, window: 'FIVE_MINUTES' }],
    })),
  };
  interface Alert {
    id: string;
    component_name?: string;
    emails: string[];
    slack_webhooks: unknown[];
  }

  it('of app and components keep their ids and destinations; a webhook is a secret on the disk', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(withAlerts);
    const alerts = async () =>
      (await test.call<{ alerts: Alert[] }>('GET', `/v2/apps/${id}/alerts`)).body.alerts;
    const [failed, cpu] = await alerts();
    expect([failed?.component_name, cpu?.component_name]).toEqual([undefined, 'web']);
    const slack = { url: 'https://hooks.slack.test/T0/B0/hunter2', channel: '#ops' };
    const destinations = { emails: ['sammy@example.com'], slack_webhooks: [slack] };
    const path = `/v2/apps/${id}/alerts/${cpu?.id}/destinations`;
    expect((await test.call('POST', path, destinations)).body['alert']).toMatchObject(destinations);
    // As the official Go client sends an empty list.
    const withNull = await fetch(test.platform.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${test.platform.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...destinations, emails: null }),
    });
    expect(((await withNull.json()) as { alert: Alert }).alert.emails).toEqual([]);
    expect((await test.call('POST', path, destinations)).status).toBe(200);
    await test.call('PUT', `/v2/apps/${id}`, {
      spec: { ...withAlerts, alerts: [{ rule: 'DOMAIN_FAILED' }, { rule: 'DEPLOYMENT_FAILED' }] },
    });
    const after = await alerts();
    expect(after.find((one) => one.id === failed?.id)).toBeDefined();
    expect(after.find((one) => one.id === cpu?.id)).toMatchObject(destinations);
    const [file = ''] = await readdir(join(test.directory, 'apps'));
    expect(await readFile(join(test.directory, 'apps', file), 'utf8')).not.toContain('hunter2');
  });

  it.each([
    [{ emails: ['nobody'] }, /emails\/0/],
    [{ slack_webhooks: [{ url: 'http://hooks.slack.test/hunter2' }] }, /slack_webhooks\/0\/url/],
    [{ slack_webhooks: [{ url: 'hunter2' }] }, /slack_webhooks\/0\/url/],
    [{ pagers: [] }, /pagers/],
  ])('are not sent to %j', async (body, message) => {
    const test = await testPlatform(manual);
    const { id } = await test.create(withAlerts);
    const { body: list } = await test.call<{ alerts: Alert[] }>('GET', `/v2/apps/${id}/alerts`);
    const answer = await test.call('POST', `/v2/apps/${id}/alerts/${list.alerts[0]?.id}/destinations`, body);
    expect(answer.status).toBe(400);
    expect(answer.body['message']).toMatch(message);
    expect(answer.body['message']).not.toContain('hunter2');
  });
});

describe('a proposal', () => {
  it('returns name, cost and the spec with its defaults, and stores nothing', async () => {
    const test = await testPlatform(manual);
    const [web] = spec().services ?? [];
    const proposed: AppSpec = {
      ...spec(),
      envs: [{ key: 'TOKEN', type: 'SECRET', value: 'hunter2' }],
      services: [{ ...(web ?? { name: 'web' }), instance_size_slug: 'apps-s-1vcpu-2gb', instance_count: 3 }],
    };
    const { body } = await test.call<Proposal>('POST', '/v2/apps/propose', { spec: proposed });
    expect(body).toMatchObject({
      app_name_available: true,
      app_cost: 75,
      app_is_static: false,
      existing_static_apps: '0',
      max_free_static_apps: '3',
    });
    expect(body.spec?.services?.[0]?.http_port).toBe(8080);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect((await test.call<{ apps: App[] }>('GET', '/v2/apps')).body.apps).toEqual([]);
  });

  it('suggests a free name for one that is taken; an app may keep its own', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec());
    await test.create(spec('shop-2'));
    const propose = async (body: object) =>
      (await test.call<Proposal>('POST', '/v2/apps/propose', body)).body;
    expect(await propose({ spec: spec() })).toMatchObject({
      app_name_available: false,
      app_name_suggestion: 'shop-3',
    });
    expect(await propose({ spec: spec(), app_id: id })).toMatchObject({ app_name_available: true });
    expect((await test.call('POST', '/v2/apps/propose', { spec: spec(), app_id: 'none' })).status).toBe(404);
    expect((await test.call('POST', '/v2/apps/propose', { spec: { name: 'A' } })).status).toBe(400);
  });
});

describe('what runs', () => {
  it('is shown with its resource use', async () => {
    const test = await testPlatform();
    const app = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const { body: list } = await test.call<{ instances: Record<string, string>[] }>(
      'GET',
      `/v2/apps/${app.id}/instances`,
    );
    expect(list.instances).toMatchObject([{ component_name: 'web', component_type: 'SERVICE' }]);
    type Health = { app_health: { components: Record<string, unknown>[] } };
    const { body: health } = await test.call<Health>('GET', `/v2/apps/${app.id}/health`);
    expect(health.app_health.components).toMatchObject([
      { name: 'web', state: 'HEALTHY', replicas_ready: 1 },
    ]);
  });

  it('shows the bytes sent per day', async () => {
    const test = await testPlatform();
    const app = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const answer = await (await fetch(app.live_url ?? '')).text();
    const today = new Date().toISOString();
    type Usage = { app_bandwidth_usage: { bandwidth_bytes: string }[]; date: string };
    const path = `/v2/apps/${app.id}/metrics/bandwidth_daily`;
    const { body } = await test.call<Usage>('GET', `${path}?date=${today}`);
    expect(Number(body.app_bandwidth_usage[0]?.bandwidth_bytes)).toBeGreaterThanOrEqual(answer.length);
    expect((await test.call<Usage>('GET', path)).body.app_bandwidth_usage[0]?.bandwidth_bytes).toBe('0');
    expect((await test.call('GET', `${path}?date=yesterday`)).status).toBe(400);
    const all = { app_ids: [app.id, 'none'] };
    expect((await test.call('POST', '/v2/apps/metrics/bandwidth_daily', all)).status).toBe(404);
  });
});

describe('a job', () => {
  it('has an invocation for each run, with its log, which ends with it', async () => {
    const test = await testPlatform();
    const digest = await test.image(goodService('one'));
    const job = {
      image: { registry_type: 'DOCR' as const, repository: 'shop', digest },
      run_command: 'echo migrated',
    };
    const app = await test.deploy({
      ...specOf('shop', digest),
      jobs: [{ name: 'migrate', kind: 'PRE_DEPLOY', ...job }],
    });
    type Invocations = { job_invocations: { id: string; phase: string; deployment_id: string }[] };
    const path = `/v2/apps/${app.id}/job-invocations`;
    const list = async (query = '') =>
      (await test.call<Invocations>('GET', `${path}${query}`)).body.job_invocations;
    const [run] = await list('?job_names=migrate');
    expect(run).toMatchObject({ phase: 'SUCCEEDED', deployment_id: app.active_deployment?.id });
    expect(await list('?job_names=other')).toEqual([]);
    const { body } = await test.call<{ live_url: string; historic_urls: string[] }>(
      'GET',
      `/v2/apps/${app.id}/jobs/migrate/invocations/${run?.id}/logs?type=JOB_INVOCATION&follow=true`,
    );
    expect(await (await fetch(body.historic_urls[0] ?? '')).text()).toContain('migrated\n');
    // The app keeps running; its job does not.
    const log = openLiveLog(body.live_url);
    expect(await log.closed).toBe(1000);
    expect(log.lines.join('')).toMatch(/^migrate \S+Z migrated$/m);
    expect((await test.call('POST', `${path}/${run?.id}/cancel`)).status).toBe(400);
    expect((await test.call('GET', `${path}/${run?.id}?job_name=other`)).status).toBe(404);
  });
});
