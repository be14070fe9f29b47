import type { App } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';

interface Project {
  id: string;
  is_default: boolean;
}

interface Resource {
  urn: string;
  status: string;
}

it('has a default project for apps that name none, and one for each id that an app was given', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const given = '4f6c71e2-1e90-4762-9fee-6cc4a0a9f2cf';
  const { body } = await test.call<{ app: App }>('POST', '/v2/apps', {
    spec: specOf('shop', noDigest),
    project_id: given,
  });
  const other = await test.create(specOf('other', noDigest));
  const { project } = (await test.call<{ project: Project }>('GET', '/v2/projects/default')).body;
  expect(project).toMatchObject({ id: other.project_id, is_default: true });
  expect(body.app.project_id).toBe(given);
  const { projects } = (await test.call<{ projects: Project[] }>('GET', '/v2/projects?per_page=200')).body;
  expect(projects.map(({ id, is_default: isDefault }) => [id, isDefault])).toEqual([
    [project.id, true],
    [given, false],
  ]);
  expect((await test.call<{ project: Project }>('GET', `/v2/projects/${given}`)).body.project.id).toBe(given);
  expect((await test.call('GET', '/v2/projects/none')).status).toBe(404);
});

it('lists the apps of a project, and moves them', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const { id } = await test.create(specOf('shop', noDigest));
  const urn = `do:app:${id}`;
  const of = async (project: string) =>
    (await test.call<{ resources: Resource[] }>('GET', `/v2/projects/${project}/resources`)).body.resources;
  expect(await of('default')).toMatchObject([{ urn, status: 'ok' }]);
  const moved = await test.call<{ resources: Resource[] }>('POST', '/v2/projects/p-2/resources', {
    resources: [urn],
  });
  expect(moved.body.resources).toMatchObject([{ urn, status: 'assigned' }]);
  expect(await of('default')).toEqual([]);
  expect(await of('p-2')).toMatchObject([{ urn }]);
  expect((await test.app(id)).project_id).toBe('p-2');
});

it('refuses what is no app, and what it cannot do', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const assign = (urn: string) => test.call('POST', '/v2/projects/default/resources', { resources: [urn] });
  expect(await assign('do:droplet:1')).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('got "do:droplet:1"') },
  });
  expect((await assign('do:app:none')).status).toBe(404);
  expect(await test.call('POST', '/v2/projects', { name: 'new' })).toMatchObject({ status: 501 });
  expect(await test.call('DELETE', '/v2/projects/default')).toMatchObject({ status: 501 });
});
