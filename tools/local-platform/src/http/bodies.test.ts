import type { App } from '@odoobo/app-platform/spec';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { noDigest, specOf, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';

const manual = { progression: 'manual' as const };
const spec = specOf('shop', noDigest);

async function post(test: TestPlatform, body: string, headers: Record<string, string>, path = '/v2/apps') {
  const authorization = `Bearer ${test.platform.token}`;
  const bytes = new TextEncoder().encode(body);
  const response = await fetch(`${test.platform.url}${path}`, {
    method: 'POST',
    headers: { authorization, ...headers },
    body: bytes,
  });
  const { status } = response;
  return { status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('a body', () => {
  it('may be YAML, and the answer too', async () => {
    const test = await testPlatform(manual);
    const yaml = { 'content-type': 'application/yaml', accept: 'application/yaml' };
    const { status, type, text } = await post(test, stringify({ spec }), yaml);
    expect({ status, type }).toEqual({ status: 200, type: 'application/yaml' });
    const { app } = parse(text) as { app: App };
    expect(await test.app(app.id)).toEqual(app);
  });

  it('is JSON by default', async () => {
    const test = await testPlatform(manual);
    expect((await post(test, JSON.stringify({ spec }), {})).status).toBe(200);
  });

  it('may be YAML as the official tools read it: with merges, and keys with nothing behind', async () => {
    const test = await testPlatform(manual);
    const body = [
      'spec:',
      '  name: shop',
      '  envs:',
      '  services:',
      '    - name: web',
      `      image: { registry_type: DOCR, repository: shop, digest: "${noDigest}" }`,
      '      health_check: &check { http_path: /health }',
      '      liveness_health_check: { <<: *check }',
    ].join('\n');
    const { status, text } = await post(test, body, { 'content-type': 'application/yaml' });
    expect(status, text).toBe(200);
  });

  it.each([
    ['application/yaml', '64 KiB, the limit here for YAML'],
    ['application/json', '1024 KiB, the limit here for JSON'],
  ])('that is too long is refused with the limit of %s', async (type, limit) => {
    const test = await testPlatform(manual);
    const answer = await post(test, `{"a":"${'x'.repeat(1_100_000)}"}`, { 'content-type': type });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({ message: `The body is longer than ${limit}.` });
  });

  it.each([
    ['a number that is not quoted', 'name: no', 'name: expected a string, got a boolean: put it in quotes'],
    ['a field with another name', 'name: shop\n  env: []', 'env: unknown field. Did you mean "envs"?'],
    [
      'a deploy template',
      'spec: { name: shop }',
      'spec: this is a deploy template: pass only what is under "spec"',
    ],
  ])('with %s is refused with the path and a hint', async (_, fields, says) => {
    const test = await testPlatform(manual);
    const answer = await post(test, `spec:\n  ${fields}`, { 'content-type': 'application/yaml' });
    expect(answer.status).toBe(400);
    expect((JSON.parse(answer.text) as { message: string }).message).toContain(says);
  });

  it('that is a spec itself is refused with a hint', async () => {
    const test = await testPlatform(manual);
    const answer = await post(test, stringify(spec), { 'content-type': 'application/yaml' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('The body is an app spec itself');
  });

  it('that is null counts as none, as the Go client sends it without options', async () => {
    const test = await testPlatform(manual);
    const { id } = await test.create(spec);
    await test.platform.advance('shop', 'ACTIVE');
    const answer = await post(test, 'null\n', {}, `/v2/apps/${id}/deployments`);
    expect(answer.status).toBe(200);
  });

  it.each([
    ['JSON', 'application/json', '['.repeat(100_000), 400],
    ['JSON that ends', 'application/json', `${'['.repeat(400_000)}${']'.repeat(400_000)}`, 400],
    ['flow YAML', 'application/yaml', '['.repeat(30_000), 400],
    ['block YAML', 'application/yaml', '- '.repeat(30_000), 400],
    ['aliases of aliases', 'application/yaml', laughs(), 400],
    ['YAML that is long', 'application/yaml', `# ${'x'.repeat(70_000)}`, 413],
    ['YAML that is none', 'application/yaml', 'a: b: c', 400],
    ['two documents', 'application/yaml', 'a: 1\n---\nb: 2', 400],
  ])('that is %s is refused, and the platform keeps running', async (_, type, body, status) => {
    const test = await testPlatform(manual);
    const answer = await post(test, body, { 'content-type': type });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ message: expect.any(String) as string });
    expect((await test.call<{ apps: App[] }>('GET', '/v2/apps')).body.apps).toEqual([]);
  });
});

/** A few lines that stand for a thousand million values. */
function laughs(): string {
  const lines = Array.from(
    { length: 9 },
    (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}]`,
  );
  return ['l0: &l0 ha', ...lines].join('\n');
}
