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

it('says which resources are not there, and refuses what names none', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const { id } = await test.create(specOf('shop', noDigest));
  const assign = (...resources: string[]) =>
    test.call<{ resources: Resource[] }>('POST', '/v2/projects/default/resources', { resources });
  // Terraform assigns the apps of a project to the default one after it has deleted them.
  const { body } = await assign(`do:app:${id}`, 'do:app:none', 'do:droplet:1');
  expect(body.resources.map(({ urn, status }) => [urn, status])).toEqual([
    [`do:app:${id}`, 'already_assigned'],
    ['do:app:none', 'not_found'],
    ['do:droplet:1', 'not_found'],
  ]);
  expect(await assign(id)).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('resources/0: expected a URN such as do:app:<id>') },
  });
});

it('makes a project, which is there after a restart, changes it, and deletes it once it is empty', async () => {
  const before = await testPlatform({ progression: 'manual' });
  const made = await before.call<{ project: Project }>('POST', '/v2/projects', {
    name: 'shops',
    description: null,
    purpose: 'Selling things',
    environment: 'production',
  });
  expect(made).toMatchObject({
    status: 201,
    body: {
      project: {
        name: 'shops',
        description: '',
        purpose: 'Other: Selling things',
        environment: 'Production',
        is_default: false,
      },
    },
  });
  const { id } = made.body.project;
  await before.platform.close();

  const test = await testPlatform({ progression: 'manual', directory: before.directory });
  const url = `/v2/projects/${id}`;
  expect((await test.call<{ project: Project }>('GET', url)).body.project).toEqual(made.body.project);
  const renamed = await test.call('PATCH', url, { name: 'all shops', purpose: null, is_default: false });
  expect(renamed.body).toMatchObject({
    project: { id, name: 'all shops', purpose: 'Other: Selling things', environment: 'Production' },
  });

  await test.call('POST', '/v2/apps', { spec: specOf('shop', noDigest), project_id: id });
  // Terraform tries again for as long as it reads this.
  expect(await test.call('DELETE', url)).toMatchObject({
    status: 412,
    body: { message: expect.stringContaining('Cannot delete a project with resources') },
  });
  const { resources } = (await test.call<{ resources: Resource[] }>('GET', `${url}/resources`)).body;
  await test.call('POST', '/v2/projects/default/resources', { resources: resources.map(({ urn }) => urn) });
  expect((await test.call('DELETE', url)).status).toBe(204);
  expect((await test.call('GET', url)).status).toBe(404);
});

it('refuses a project that cannot be, and says why', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const make = (fields: object) => test.call('POST', '/v2/projects', { purpose: 'IoT', ...fields });
  await make({ name: 'shops' });
  expect(await make({ name: 'shops' })).toMatchObject({
    status: 409,
    body: { message: 'A project named "shops" already exists. Use it, or choose another name.' },
  });
  expect(await make({ name: 'other', environment: 'mine' })).toMatchObject({
    status: 400,
    body: {
      message: expect.stringContaining('environment: expected one of Development, Staging, Production'),
    },
  });
  expect((await make({ description: 'no name' })).body).toMatchObject({
    message: expect.stringContaining('name: '),
  });
  expect((await test.call('DELETE', '/v2/projects/default')).status).toBe(403);
  expect(await test.call('PATCH', '/v2/projects/default', { is_default: false })).toMatchObject({
    status: 501,
    body: { message: expect.stringContaining('Leave is_default out') },
  });
});
