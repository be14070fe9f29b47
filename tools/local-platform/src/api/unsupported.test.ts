import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';

it.each([
  ['POST', '/upgrade_buildpack', /^The local platform has no buildpacks: /],
  ['GET', '/database_connection_details', /^The local platform has no management of databases/],
  ['POST', '/components/db/reset_password', /^The local platform has no management of databases/],
  ['POST', '/components/db/trusted_sources', /^The local platform has no management of databases/],
])('refuses %s .../apps/{id}%s with a sentence, and an unknown app with 404', async (method, path, says) => {
  const test = await testPlatform({ progression: 'manual' });
  const { id } = await test.create(specOf('shop', noDigest));
  const answer = await test.call(method, `/v2/apps/${id}${path}`);
  expect(answer).toMatchObject({
    status: 501,
    body: { id: 'not_implemented', message: expect.stringMatching(says) },
  });
  expect((await test.call(method, `/v2/apps/none${path}`)).status).toBe(404);
});

it.each([
  ['GET', '/v2/apps/buildpacks', /^The local platform has no buildpacks: /],
  ['POST', '/v2/apps/detect', /^The local platform has no detection of what a repository holds/],
])('refuses %s %s with a sentence', async (method, path, says) => {
  const test = await testPlatform({ progression: 'manual' });
  const body = method === 'POST' ? { git: { repo_clone_url: 'https://git.test/shop' } } : undefined;
  const answer = await test.call(method, path, body);
  expect(answer).toMatchObject({ status: 501, body: { message: expect.stringMatching(says) } });
});

it('has the tiers of earlier plans, which the Go client asks for', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const { body } = await test.call<{ tiers: { slug: string }[] }>('GET', '/v2/apps/tiers');
  expect(body.tiers.map(({ slug }) => slug)).toEqual(['starter', 'basic', 'professional']);
  const basic = await test.call<{ tier: object }>('GET', '/v2/apps/tiers/basic');
  expect(basic.body.tier).toMatchObject({ name: 'Basic', egress_bandwidth_bytes: '42949672960' });
  expect((await test.call('GET', '/v2/apps/tiers/gold')).status).toBe(404);
});

it('says what to do wherever it refuses: each 501 is made by `notHere`, or lists the gaps of a spec', () => {
  const source = join(import.meta.dirname, '../../src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
  const refusing = files.filter(
    (file) =>
      /(?<!\.test|\.helper)\.ts$/.test(file) &&
      /ApiError\(\s*501/.test(readFileSync(join(source, file), 'utf8')),
  );
  expect(refusing.sort()).toEqual(['errors/api-error.ts', 'running/runnable.ts']);
});
