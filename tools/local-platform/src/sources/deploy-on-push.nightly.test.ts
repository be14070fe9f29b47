import type { App, AppSpec, Deployment } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import {
  eventually,
  temporaryFolder,
  type TestPlatform,
  testPlatform,
} from '../testing/platform.test.helper.js';
import { mapRepository } from './repositories.js';
import { TestRepository } from './repository.test.helper.js';

/** A service without dependencies: nothing is fetched to build it. */
function filesSaying(text: string): Record<string, string> {
  const server = `require('node:http').createServer((_, answer) => answer.end(${JSON.stringify(text)})).listen(process.env.PORT, '127.0.0.1')`;
  return { 'package.json': JSON.stringify({ name: 'web', version: '1.0.0' }), 'server.js': server };
}

function specOf(): AppSpec {
  const github = { repo: 'owner/name', branch: 'main', deploy_on_push: true };
  const health = { http_path: '/', period_seconds: 1, failure_threshold: 20 };
  const web = { name: 'web', github, environment_slug: 'node-js', run_command: 'node server.js' };
  return { name: 'shop', services: [{ ...web, health_check: health }] };
}

async function platformWith(repository: TestRepository): Promise<TestPlatform> {
  const directory = await temporaryFolder();
  await mapRepository(directory, 'owner/name', repository.origin);
  return testPlatform({ directory });
}

async function live(test: TestPlatform, id: string): Promise<{ says: string; commit: string | undefined }> {
  const { live_url: url = '', active_deployment: active } = await test.app(id);
  const says = await (await fetch(url)).text();
  return { says, commit: active?.services?.[0]?.source_commit_hash };
}

async function deploymentsOf(test: TestPlatform, { id }: App): Promise<Deployment[]> {
  const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`);
  return body.deployments;
}

it('deploys what is pushed to a branch that a component follows, once', { timeout: 60_000 }, async () => {
  const repository = await TestRepository.create(filesSaying('one'));
  const test = await platformWith(repository);
  const app = await test.deploy(specOf());
  expect(await live(test, app.id)).toEqual({ says: 'one', commit: await repository.head() });

  const commit = await repository.push(filesSaying('two'));
  await eventually(async () => (await live(test, app.id)).says === 'two' || undefined);
  expect((await live(test, app.id)).commit).toBe(commit);
  const [pushed, ...earlier] = await deploymentsOf(test, app);
  expect(pushed?.cause).toBe(`commit ${commit.slice(0, 7)} pushed to github/owner/name`);
  expect(earlier).toHaveLength(1);
});
