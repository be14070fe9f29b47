import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { App } from '@odoobo/app-platform/spec';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { noDigest, specOf, testPlatform, type TestPlatform } from '../testing/platform.test.helper.js';

/** The official document; it is not part of this repository. */
const file = resolve(import.meta.dirname, '../../../../../shared/design/do-apps-openapi.json');
const there = existsSync(file);
if (!there) process.stderr.write(`The contract test is skipped: there is no ${file}\n`);

interface Operation {
  method: string;
  path: string;
  response: string;
  body: string | undefined;
}

const base = 'https://openapi.test/';
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat('uint32', true);
let operations: Operation[] = [];

beforeAll(() => {
  if (!there) return;
  const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  // With an id of its own, references inside the document resolve wherever they are followed from.
  ajv.addSchema({ ...document, $id: base });
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    ['get', 'put', 'post', 'delete'].flatMap((method) => {
      const operation = methods[method];
      const response = operation?.responses['200']?.$ref ?? '';
      return operation
        ? [{ method: method.toUpperCase(), path, response, body: bodyPointer(path, method, operation) }]
        : [];
    }),
  );
});

interface OpenApi {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { $ref: string }>; requestBody?: object }>
  >;
}

function bodyPointer(path: string, method: string, operation: { requestBody?: object }): string | undefined {
  if (!operation.requestBody) return undefined;
  const escaped = path.replaceAll('/', '~1');
  return `#/paths/${encodeURIComponent(escaped)}/${method}/requestBody/content/application~1json/schema`;
}

/** Both are compiled from where they stand in the document, so that their references resolve. */
function validator(pointer: string): ValidateFunction {
  const $ref = base + pointer;
  return ajv.getSchema($ref) ?? ajv.compile({ $ref });
}

function find(method: string, path: string): Operation {
  const segments = path.split('?', 1)[0]?.split('/') ?? [];
  const matches = operations.filter(({ method: other, path: pattern }) => {
    const parts = pattern.split('/');
    return (
      other === method &&
      parts.length === segments.length &&
      parts.every((part, index) => part.startsWith('{') || part === segments[index])
    );
  });
  // A literal path wins over one with a parameter: /v2/apps/regions, not /v2/apps/{id}.
  const found = matches.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  if (!found) throw new Error(`${method} ${path} is not in the document.`);
  return found;
}

/** Makes a call and holds its body and its answer against the document. */
async function checked<T>(test: TestPlatform, method: string, path: string, body?: unknown): Promise<T> {
  const operation = find(method, path);
  if (operation.body !== undefined && body !== undefined) expectValid(operation.body, body);
  const answer = await test.call<T>(method, path, body);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('ratelimit-limit')).toBe('5000');
  if (answer.body !== undefined)
    expectValid(`${operation.response}/content/application~1json/schema`, answer.body);
  return answer.body;
}

function expectValid(pointer: string, value: unknown): void {
  const validate = validator(pointer);
  validate(value);
  expect(validate.errors ?? [], pointer).toEqual([]);
}

function expectError(status: number, answer: { status: number; body: unknown }): void {
  expect(answer.status).toBe(status);
  expectValid('#/components/schemas/error', answer.body);
}

describe.skipIf(!there)('against the official document', () => {
  it('creates, reads, lists, updates and deletes apps', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const { app } = await checked<{ app: App }>(test, 'POST', '/v2/apps', { spec: specOf('shop', noDigest) });
    await checked(test, 'GET', '/v2/apps?page=1&per_page=200');
    await checked(test, 'GET', `/v2/apps/${app.id}`);
    for (const phase of ['BUILDING', 'DEPLOYING', 'ACTIVE'] as const) {
      await test.platform.advance('shop', phase);
      await checked(test, 'GET', `/v2/apps/${app.id}`);
    }
    await checked(test, 'PUT', `/v2/apps/${app.id}`, {
      spec: specOf('shop', noDigest),
      update_all_source_versions: true,
    });
    await checked(test, 'DELETE', `/v2/apps/${app.id}`);
    expectError(404, await test.call('GET', `/v2/apps/${app.id}`));
  });

  it('creates, lists, reads and cancels deployments, failed ones too', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const app = await test.create(specOf('shop', noDigest));
    await test.platform.advance('shop', 'ERROR');
    await checked(test, 'GET', `/v2/apps/${app.id}/deployments`);
    type Created = { deployment: { id: string } };
    const path = `/v2/apps/${app.id}/deployments`;
    const { deployment } = await checked<Created>(test, 'POST', path, { force_build: true });
    await checked(test, 'GET', `${path}/${deployment.id}`);
    await checked(test, 'POST', `${path}/${deployment.id}/cancel`);
    expectError(400, await test.call('POST', `${path}/${deployment.id}/cancel`));
  });

  it('names the logs of an app, a deployment and a component', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const app = await test.create(specOf('shop', noDigest));
    await test.platform.advance('shop', 'ACTIVE');
    const deployment = app.pending_deployment?.id ?? '';
    for (const place of [
      '',
      '/components/web',
      `/deployments/${deployment}`,
      `/deployments/${deployment}/components/web`,
    ]) {
      await checked(test, 'GET', `/v2/apps/${app.id}${place}/logs?type=RUN&follow=true&tail_lines=10`);
    }
  });

  it('validates, makes, commits and reverts rollbacks', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const app = await test.create(specOf('shop', noDigest));
    await test.platform.advance('shop', 'ACTIVE');
    await test.call('POST', `/v2/apps/${app.id}/deployments`);
    await test.platform.advance('shop', 'ACTIVE');
    const body = { deployment_id: app.pending_deployment?.id, skip_pin: false };
    const path = `/v2/apps/${app.id}/rollback`;
    await checked(test, 'POST', `${path}/validate`, body);
    await checked(test, 'POST', path, body);
    await checked(test, 'GET', `/v2/apps/${app.id}`);
    await checked(test, 'POST', `${path}/validate`, body);
    await checked(test, 'POST', `${path}/revert`);
    await test.platform.advance('shop', 'ACTIVE');
    await checked(test, 'POST', path, body);
    await checked(test, 'POST', `${path}/commit`);
  });

  it('lists regions and instance sizes', async () => {
    const test = await testPlatform({ progression: 'manual' });
    await checked(test, 'GET', '/v2/apps/regions');
    await checked(test, 'GET', '/v2/apps/tiers/instance_sizes');
    await checked(test, 'GET', '/v2/apps/tiers/instance_sizes/apps-s-1vcpu-0.5gb');
    expectError(404, await test.call('GET', '/v2/apps/tiers/instance_sizes/huge'));
  });

  it('knows every operation: each is done, or says with 501 that it is not', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const app = await test.create(specOf('shop', noDigest));
    const statuses = await Promise.all(
      operations.map(async ({ method, path }) => {
        const concrete = path.replace('{app_id}', app.id).replaceAll(/\{\w+\}/g, 'none');
        const { status, body } = await test.call(method, concrete, method === 'GET' ? undefined : {});
        return {
          operation: `${method} ${path}`,
          status,
          known: !String(body?.['message']).includes('no operation'),
        };
      }),
    );
    expect(statuses.filter(({ status, known }) => !known || status === 405 || status >= 502)).toEqual([]);
    expect(statuses.filter(({ status }) => status === 501)).toHaveLength(18);
  });
});
