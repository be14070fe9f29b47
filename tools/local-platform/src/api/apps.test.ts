import type { App, Deployment } from '@odoobo/app-platform/spec';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';

const manual = { progression: 'manual' as const };
const spec = (name = 'shop') => specOf(name, noDigest);

describe('apps', () => {
  it('reads back the spec as it was sent with its port and ingress, and the deployment of the call as pending', async () => {
    const test = await testPlatform(manual);
    const sent = { ...spec(), envs: [{ key: 'LEVEL', value: 'info' }] };
    const app = await test.create(sent);
    expect(app.spec).toEqual({
      ...sent,
      services: sent.services?.map((service) => ({ ...service, http_port: 8080 })),
      ingress: { rules: [{ match: { path: { prefix: '/' } }, component: { name: 'web' } }] },
    });
    expect(app.pending_deployment?.phase).toBe('PENDING_BUILD');
    expect(app.live_url).toBeUndefined();
    expect(app.region).toMatchObject({ slug: 'nyc' });
  });

  it('shows a deployment as pending, then in progress, then active', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec());
    const fields = async () =>
      Object.keys(await test.app(id)).filter((field) => field.endsWith('_deployment'));
    expect(await fields()).toEqual(['pending_deployment']);
    await test.platform.advance('shop', 'BUILDING');
    expect(await fields()).toEqual(['in_progress_deployment']);
    expect(await test.app(id)).not.toHaveProperty('last_deployment_active_at');
    await test.platform.advance('shop', 'ACTIVE');
    expect(await fields()).toEqual(['active_deployment']);
    const app = await test.app(id);
    expect(app.live_url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(app.last_deployment_active_at).toBe(app.active_deployment?.phase_last_updated_at);
  });

  it('creates only one app of a name, even for concurrent requests', async () => {
    const test = await testPlatform(manual);
    const calls = await Promise.all([1, 2, 3].map(() => test.call('POST', '/v2/apps', { spec: spec() })));
    expect(calls.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const other = await test.create(spec('other'));
    expect((await test.call('PUT', `/v2/apps/${other.id}`, { spec: spec() })).status).toBe(409);
    expect((await test.call('PUT', `/v2/apps/${other.id}`, { spec: spec('renamed') })).status).toBe(200);
    expect((await test.call('POST', '/v2/apps', { spec: spec('other') })).status).toBe(200);
  });

  it('pages through the list', async () => {
    const test = await testPlatform(manual);
    for (const name of ['aa', 'bb', 'cc']) await test.create(spec(name));
    type Page = { apps: App[]; links: { pages: Record<string, string> }; meta: { total: number } };
    const names = ({ body }: { body: Page }) => body.apps.map((app) => app.spec.name);
    const first = await test.call<Page>('GET', '/v2/apps?per_page=2&page=0');
    expect(names(first)).toEqual(['aa', 'bb']);
    expect(first.body.meta.total).toBe(3);
    expect(Object.keys(first.body.links.pages)).toEqual(['next', 'last']);
    const next = (first.body.links.pages['next'] ?? '').replace(test.platform.url, '');
    const second = await test.call<Page>('GET', next);
    expect(names(second)).toEqual(['cc']);
    expect(Object.keys(second.body.links.pages)).toEqual(['first', 'prev']);
  });

  it('reports every error of a spec at once and keeps nothing', async () => {
    const test = await testPlatform(manual);
    const { status, body } = await test.call('POST', '/v2/apps', {
      spec: { ...spec(), services: [{ name: 'web', http_port: 0, bogus: true }] },
    });
    expect(status).toBe(400);
    for (const part of ['services/0/http_port', 'bogus', 'exactly one source'])
      expect(body['message']).toContain(part);
    expect((await test.call<{ apps: App[] }>('GET', '/v2/apps')).body.apps).toEqual([]);
  });
});

describe('deployments', () => {
  it('cancels the deployment in progress, and supersedes the live one', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec());
    await test.platform.advance('shop', 'ACTIVE');
    await test.call('PUT', `/v2/apps/${id}`, { spec: spec() });
    await test.platform.advance('shop', 'DEPLOYING');
    await test.call('POST', `/v2/apps/${id}/deployments`, { force_build: true });
    await test.platform.advance('shop', 'ACTIVE');
    const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`);
    expect(body.deployments.map(({ phase, cause }) => [phase, cause])).toEqual([
      ['ACTIVE', 'manual'],
      ['CANCELED', 'app spec updated'],
      ['SUPERSEDED', 'initial deployment'],
    ]);
  });

  it('does not cancel the deployment in progress if an unknown one is to be cancelled', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec());
    const cancel = (deployment: string) =>
      test.call('POST', `/v2/apps/${id}/deployments/${deployment}/cancel`);
    expect((await cancel(randomUUID())).status).toBe(404);
    for (const malformed of ['none', '']) {
      expect(await cancel(malformed)).toMatchObject({ status: 400, body: { message: 'invalid uuid' } });
    }
    expect((await test.app(id)).pending_deployment?.phase).toBe('PENDING_BUILD');
  });

  it('are also made by a call whose body is null, as the official Go client sends it without options', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec());
    await test.platform.advance('shop', 'ACTIVE');
    for (const call of ['deployments', 'restart']) {
      const answer = await test.call<{ deployment: Deployment }>('POST', `/v2/apps/${id}/${call}`, null);
      expect(answer.body.deployment.phase).toBe('PENDING_BUILD');
    }
  });

  it('omits counters that are zero', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec());
    const progress = async () => {
      const app = await test.app(id);
      const all = Object.entries((app.pending_deployment ?? app.in_progress_deployment)?.progress ?? {});
      return Object.fromEntries(all.filter(([, value]) => typeof value === 'number'));
    };
    expect(await progress()).toEqual({ pending_steps: 6, total_steps: 6 });
    await test.platform.advance('shop', 'BUILDING');
    expect(await progress()).toEqual({
      pending_steps: 4,
      running_steps: 1,
      success_steps: 1,
      total_steps: 6,
    });
  });
});

describe('secrets', () => {
  const withSecret = (value: string) => ({
    ...spec(),
    envs: [{ key: 'TOKEN', type: 'SECRET' as const, value }],
  });

  it('returns secrets encrypted, differently each time; an encrypted value that is sent back is unchanged', async () => {
    const test = await testPlatform(manual);
    const { id, spec: first } = await test.create(withSecret('hunter2'));
    const sealed = first.envs?.[0]?.value ?? '';
    expect(sealed).toMatch(/^EV\[1:.+\]$/);
    const put = async (value: string) =>
      (await test.call<{ app: App }>('PUT', `/v2/apps/${id}`, { spec: withSecret(value) })).body.app.spec
        .envs?.[0]?.value;
    expect(await put(sealed)).toBe(sealed);
    expect(await put('hunter2')).not.toBe(sealed);
  });
});
