import type { App, AppSpec, Deployment, RollbackValidation } from '@odoobo/app-platform/spec';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noDigest, specOf, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';

const version = (number: number): AppSpec => ({
  ...specOf('shop', noDigest),
  envs: [{ key: 'VERSION', value: `v${number}` }],
});
const versionOf = (spec: AppSpec | undefined) => spec?.envs?.[0]?.value;

/** An app that has been live in `count` versions; answers their deployments, oldest first. */
async function history(count: number): Promise<{ test: TestPlatform; id: string; deployments: string[] }> {
  const test = await testPlatform({ progression: 'manual' });
  const { id } = await test.create(version(1));
  await test.platform.advance('shop', 'ACTIVE');
  for (let number = 2; number <= count; number++) {
    await test.call('PUT', `/v2/apps/${id}`, { spec: version(number) });
    await test.platform.advance('shop', 'ACTIVE');
  }
  const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`);
  return { test, id, deployments: body.deployments.map((deployment) => deployment.id).reverse() };
}

async function validate(
  test: TestPlatform,
  id: string,
  deployment: string | undefined,
): Promise<RollbackValidation> {
  const { body } = await test.call<RollbackValidation>('POST', `/v2/apps/${id}/rollback/validate`, {
    deployment_id: deployment,
  });
  return body;
}

async function rollBack(test: TestPlatform, id: string, deployment: string | undefined, skipPin: boolean) {
  const body = { deployment_id: deployment, skip_pin: skipPin };
  return test.call<{ deployment: Deployment; message: string }>('POST', `/v2/apps/${id}/rollback`, body);
}

describe('a rollback', () => {
  it('is a new deployment of the old spec, and is committed at once with skip_pin', async () => {
    const { test, id, deployments } = await history(2);
    const { body } = await rollBack(test, id, deployments[0], true);
    expect(body.deployment).toMatchObject({ phase: 'PENDING_BUILD', cloned_from: deployments[0] });
    await test.platform.advance('shop', 'ACTIVE');
    const app = await test.app(id);
    expect(app.active_deployment?.id).toBe(body.deployment.id);
    expect([versionOf(app.spec), versionOf(app.active_deployment?.spec)]).toEqual(['v1', 'v1']);
    expect((await test.call('POST', `/v2/apps/${id}/deployments`)).status).toBe(200);
  });

  it('pins the app: nothing deploys until it is committed', async () => {
    const { test, id, deployments } = await history(2);
    const { body } = await rollBack(test, id, deployments[0], false);
    await test.platform.advance('shop', 'ACTIVE');
    expect((await test.app(id)).pinned_deployment?.id).toBe(body.deployment.id);
    const refused = await test.call('PUT', `/v2/apps/${id}`, { spec: version(3) });
    expect(refused).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('revert') as string },
    });
    expect((await test.call('POST', `/v2/apps/${id}/deployments`)).status).toBe(409);
    expect((await test.call('POST', `/v2/apps/${id}/rollback/commit`)).status).toBe(200);
    expect((await test.call('PUT', `/v2/apps/${id}`, { spec: version(3) })).status).toBe(200);
  });

  it('is reverted by a new deployment of the spec from before', async () => {
    const { test, id, deployments } = await history(2);
    await rollBack(test, id, deployments[0], false);
    await test.platform.advance('shop', 'ACTIVE');
    const { body } = await test.call<{ deployment: Deployment }>('POST', `/v2/apps/${id}/rollback/revert`);
    expect(versionOf(body.deployment.spec)).toBe('v2');
    await test.platform.advance('shop', 'ACTIVE');
    const app: App = await test.app(id);
    expect(app).not.toHaveProperty('pinned_deployment');
    expect(versionOf(app.spec)).toBe('v2');
    expect((await test.call('POST', `/v2/apps/${id}/rollback/revert`)).status).toBe(400);
  });
});

describe('what cannot be rolled back to', () => {
  it('is what is live, what failed, what is too old, and anything while the app is pinned', async () => {
    const { test, id, deployments } = await history(12);
    await test.call('PUT', `/v2/apps/${id}`, { spec: version(13) });
    await test.platform.advance('shop', 'ERROR');
    const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`);
    const codeOf = async (deployment: string | undefined) =>
      (await validate(test, id, deployment)).error?.code;
    expect(await codeOf(body.deployments[0]?.id)).toBe('incompatible_result');
    expect(await codeOf(deployments[11])).toBe('incompatible_phase');
    expect(await codeOf(deployments[0])).toBe('exceeded_revision_limit');
    expect(await validate(test, id, deployments[1])).toEqual({ valid: true, warnings: [] });
    await rollBack(test, id, deployments[1], false);
    expect(await codeOf(deployments[2])).toBe('app_pinned');
    expect(await rollBack(test, id, deployments[2], false)).toMatchObject({ status: 400 });
  });

  it('is another region or another database', async () => {
    const { test, id, deployments } = await history(2);
    await test.call('PUT', `/v2/apps/${id}`, { spec: { ...version(3), region: 'fra' } });
    expect((await validate(test, id, deployments[0])).error?.code).toBe('region_conflict');
    await test.call('PUT', `/v2/apps/${id}`, {
      spec: { ...version(4), databases: [{ name: 'db', engine: 'PG' }] },
    });
    expect((await validate(test, id, deployments[0])).error?.code).toBe('database_config_conflict');
  });

  it('is a deployment that does not exist', async () => {
    const { test, id } = await history(1);
    expect((await rollBack(test, id, randomUUID(), true)).status).toBe(404);
  });

  it('warns of an image that is named by a tag', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const image = { registry_type: 'DOCR' as const, repository: 'shop', tag: 'v1' };
    const { id, pending_deployment: first } = await test.create({
      name: 'shop',
      services: [{ name: 'web', image }],
    });
    await test.platform.advance('shop', 'ACTIVE');
    await test.call('PUT', `/v2/apps/${id}`, { spec: version(2) });
    await test.platform.advance('shop', 'ACTIVE');
    expect(await validate(test, id, first?.id)).toMatchObject({
      valid: true,
      warnings: [{ code: 'image_source_missing_digest', components: ['web'] }],
    });
  });
});
