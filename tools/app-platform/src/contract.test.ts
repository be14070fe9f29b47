import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { AppPlatformClient } from './client/client.js';
import { type AppSpec, appSpecSchema, instanceSizes, regions } from './spec/index.js';

/** The official OpenAPI document; if it is absent, this file is not run (vitest.config.ts). */
const file = new URL('../../../../shared/design/do-apps-openapi.json', import.meta.url);

/** A node of the document; any field of it may be read. */
type Json = { [key: string]: Json };

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function listOf(node: Json | undefined): Json[] {
  return Object.values(node ?? {});
}

const document = JSON.parse(readFileSync(file, 'utf8')) as Json;

function follow(node: Json | undefined): Json {
  const path = textOf(node?.$ref)?.slice(2).split('/') ?? [];
  return path.length === 0
    ? (node ?? {})
    : follow(path.reduce<Json | undefined>((at, key) => at?.[key], document));
}

function validator(node: Json): ValidateFunction {
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { int64: true, int32: true, uint32: true, uint64: true, float: true, double: true },
  });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  return ajv.compile({ ...node, components: document.components });
}

interface Operation {
  template: string;
  node: Json;
}

/** The operation that a request belongs to: a path without parameters wins over one with. */
function operationOf(method: string, path: string): Operation | undefined {
  const templates = Object.keys(document.paths ?? {}).sort(
    (a, b) => a.split('{').length - b.split('{').length,
  );
  const template = templates.find((one) => new RegExp(`^${one.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path));
  const node = template && document.paths?.[template]?.[method.toLowerCase()];
  return template && node ? { template, node } : undefined;
}

function contentOf(node: Json | undefined): Json {
  return follow(node).content?.['application/json'] ?? {};
}

/** The document's own example of a reply. */
function exampleOf({ node }: Operation): unknown {
  const reply = node.responses?.['200'] ?? node.responses?.['204'];
  const { example, examples } = contentOf(reply);
  const [first] = listOf(examples);
  return example ?? follow(first).value;
}

interface Seen {
  call: string;
  operation: Operation | undefined;
  query: URLSearchParams;
  body: unknown;
}

/** The same example as in the tests of `tools/contract`. */
const exampleFile = new URL('../../contract/example-spec.json', import.meta.url);
const exampleSpec = JSON.parse(readFileSync(exampleFile, 'utf8')) as AppSpec;

describe('the official document', () => {
  const seen: Seen[] = [];
  let server: Server;
  let client: AppPlatformClient;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'http://x');
        const operation = operationOf(request.method ?? '', url.pathname);
        const text = Buffer.concat(chunks).toString();
        const call = `${request.method} ${operation?.template ?? url.pathname}`;
        seen.push({
          call,
          operation,
          query: url.searchParams,
          body: text === '' ? undefined : JSON.parse(text),
        });
        response.end(JSON.stringify(operation ? exampleOf(operation) : {}));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new AppPlatformClient({ url, token: 'token' });
  });

  afterAll(async () => {
    await client.close();
    server.close();
  });

  it('knows every call, its query and its body, and its own examples are replies that the client reads', async () => {
    expect((await client.listApps()).length).toBeGreaterThan(0);
    expect((await client.getApp('a')).spec.name).toBe('sample-golang');
    await client.createApp(exampleSpec);
    await client.updateApp('a', exampleSpec, { updateAllSourceVersions: true });
    await client.listDeployments('a');
    expect((await client.getDeployment('a', 'd')).progress?.total_steps).toBe(6);
    await client.createDeployment('a', { forceBuild: true });
    await client.cancelDeployment('a', 'd');
    await client.getLogs({ appId: 'a', type: 'RUN', follow: true });
    await client.getLogs({ appId: 'a', deploymentId: 'd', type: 'BUILD' });
    await client.getLogs({ appId: 'a', deploymentId: 'd', component: 'c', type: 'DEPLOY' });
    await client.getLogs({ appId: 'a', component: 'c', type: 'RUN_RESTARTED' });
    await client.rollback('a', 'd', { skipPin: true });
    expect((await client.validateRollback('a', 'd', { skipPin: true })).valid).toBe(true);
    await client.commitRollback('a');
    await client.revertRollback('a');
    expect((await client.propose(exampleSpec, { appId: 'a' })).app_cost).toBe(5);
    await client.deleteApp('a');
    expect(seen).toHaveLength(18);
    for (const { call, operation, query, body } of seen) {
      expect(operation, call).toBeDefined();
      const parameters = listOf(operation?.node.parameters).map(follow);
      const names = parameters.filter((one) => textOf(one.in) === 'query').map(({ name }) => textOf(name));
      expect(names, call).toEqual(expect.arrayContaining([...query.keys()]));
      const schema = contentOf(operation?.node.requestBody).schema;
      const validate = validator(schema ?? {});
      expect(validate(body ?? {}), `${call}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });

  it('has no field of an app spec that is not known here, and no value of a closed set', () => {
    const ours = z.toJSONSchema(appSpecSchema, { io: 'input', unrepresentable: 'any' }) as unknown as Json;
    expect(unknownTo(ours, document.components?.schemas?.app_spec)).toEqual([]);
  });

  it('lists the instance sizes with the prices that are here', () => {
    const listed = document.components?.examples?.instance_sizes?.value?.instance_sizes as unknown as Record<
      string,
      string
    >[];
    const shown = ({
      slug,
      usd_per_month,
      memory_bytes,
      tier_slug,
      bandwidth_allowance_gib,
    }: Record<string, string>) => [
      slug,
      Number(usd_per_month),
      Number(memory_bytes),
      tier_slug,
      Number(bandwidth_allowance_gib),
    ];
    expect(
      instanceSizes.map((one) => [one.slug, one.usdPerMonth, one.memoryBytes, one.tier, one.bandwidthGib]),
    ).toEqual(listed.map(shown));
  });

  it('lists the regions that are here', () => {
    const slugs = listOf(document.components?.schemas?.app_spec?.properties?.region?.enum).map(String);
    expect(regions.map(({ slug }) => slug).sort()).toEqual(slugs.sort());
  });
});

/** All alternatives that a schema is made of, references followed. */
function parts(node: Json | undefined): Json[] {
  const schema = follow(node);
  const inner = [schema.allOf, schema.anyOf, schema.oneOf].flatMap(listOf);
  return [schema, ...inner.flatMap(parts)];
}

function property(node: Json, name: string): Json | undefined {
  const found = parts(node).flatMap((part) => part.properties?.[name] ?? []);
  return found.length > 0 ? ({ allOf: found } as unknown as Json) : undefined;
}

function itemsOf(node: Json): Json | undefined {
  return parts(node).find((part) => part.items)?.items;
}

function valuesOf(node: Json): string[] {
  return parts(node).flatMap((part) => listOf(part.enum).map(String));
}

/** Paths of fields and enum values that their schema has and ours lacks. */
function unknownTo(ours: Json, theirs: Json | undefined, path = ''): string[] {
  const names = new Set(parts(theirs).flatMap((part) => Object.keys(part.properties ?? {})));
  const missing = [...names].flatMap((name) => {
    const mine = property(ours, name);
    const at = `${path}/${name}`;
    return mine ? unknownTo(mine, theirs && property(theirs, name), at) : [at];
  });
  const known = valuesOf(ours);
  const values = theirs ? valuesOf(theirs).filter((value) => known.length > 0 && !known.includes(value)) : [];
  const [mine, their] = [itemsOf(ours), theirs && itemsOf(theirs)];
  return [
    ...missing,
    ...values.map((value) => `${path}=${value}`),
    ...(mine && their ? unknownTo(mine, their, `${path}[]`) : []),
  ];
}
