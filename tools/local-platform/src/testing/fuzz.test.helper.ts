import type { AppSpec } from '@odoobo/app-platform/spec';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { noDigest } from './platform.test.helper.js';

/** A request that may be anything, as far as HTTP lets it be sent at all. */
export interface FuzzedRequest {
  method: string;
  /** With `{app}`, `{deployment}` and `{alert}` where an id that exists belongs. */
  target: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

/** A spec with one of everything that can be written, for others to be made from. */
export const richSpec: AppSpec = {
  name: 'shop',
  region: 'ams',
  envs: [{ key: 'TOKEN', type: 'SECRET', scope: 'RUN_TIME', value: 'hunter2' }],
  alerts: [{ rule: 'DEPLOYMENT_FAILED' }],
  services: [
    {
      name: 'web',
      image: { registry_type: 'DOCR', repository: 'shop', digest: noDigest },
      http_port: 8080,
      instance_count: 2,
      instance_size_slug: 'apps-s-1vcpu-1gb',
      envs: [{ key: 'URL', value: '${APP_URL}' }],
      health_check: { http_path: '/health', period_seconds: 5 },
      alerts: [{ rule: 'CPU_UTILIZATION', operator: 'GREATER_THAN', value: 80, window: 'FIVE_MINUTES' }],
    },
  ],
  workers: [{ name: 'mailer', git: { repo_clone_url: 'https://example.test/a.git', branch: 'main' } }],
  jobs: [
    { name: 'migrate', kind: 'PRE_DEPLOY', github: { repo: 'a/b', branch: 'main', deploy_on_push: true } },
  ],
  static_sites: [{ name: 'site', github: { repo: 'a/c', branch: 'main' }, output_dir: 'dist' }],
  ingress: {
    rules: [
      {
        match: { path: { prefix: '/' }, authority: { exact: 'shop.example.test' } },
        component: { name: 'web', rewrite: '/api' },
        cors: { allow_origins: [{ regex: '^https://.*$' }], allow_methods: ['GET'], max_age: '5h30m' },
      },
      { match: { path: { prefix: '/old' } }, redirect: { uri: '/new', redirect_code: 301 } },
    ],
  },
};

const strangeText = fc.oneof(
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    '${web.PRIVATE_URL}',
    'EV[1:AA==:AA==]',
    '\u0000',
    '\ud800',
    '../../x',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.integer({ min: 1, max: 3000 }).map((length) => 'x'.repeat(length)),
);
const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: strangeText },
  fc.constantFrom<unknown>(null, true, [], {}, [[]], -1, 0, 1.5, 1e308, Number.MAX_SAFE_INTEGER + 2, 65_536),
  fc.jsonValue({ maxDepth: 4 }),
  fc.integer({ min: 1, max: 300 }).map(nested),
);

/** `[[[...]]]` */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { spec: value };
  return value;
}

/** What is done to one place of a valid document. */
interface Mutation {
  place: number;
  kind: 'replace' | 'remove' | 'add' | 'double';
  key: string;
  value: unknown;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(10_000),
  kind: fc.constantFrom('replace', 'remove', 'add', 'double'),
  key: strangeText,
  value: strangeValue,
});

/** The places of a document, as deep as a spec goes: each object or array, and a key of it. */
function placesOf(value: unknown, deepest = 10): { holder: Record<string, unknown>; key: string }[] {
  if (typeof value !== 'object' || value === null || deepest === 0) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key], deepest - 1)]);
}

function mutate(document: unknown, mutations: readonly Mutation[]): unknown {
  const copy = structuredClone(document);
  for (const { place, kind, key: added, ...mutation } of mutations) {
    const value = structuredClone(mutation.value);
    const places = placesOf(copy);
    const { holder, key } = places[place % Math.max(places.length, 1)] ?? { holder: {}, key: '' };
    if (kind === 'replace') holder[key] = value;
    if (kind === 'remove') delete holder[key];
    // As JSON.parse would: assigning to __proto__ would change the prototype instead.
    if (kind === 'add' && !Array.isArray(holder))
      Object.defineProperty(holder, added, { value, enumerable: true, configurable: true, writable: true });
    if (kind === 'double' && Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
  }
  return copy;
}

interface KnownCall {
  method: string;
  path: string;
  /** One that it takes. */
  body?: unknown;
}

const app = '/v2/apps/{app}';
const rollback = { deployment_id: '{deployment}', skip_pin: true };
const webhooks = [{ url: 'https://hooks.slack.test/x', channel: '#a' }];
const knownCalls: readonly KnownCall[] = [
  { method: 'POST', path: '/v2/apps', body: { spec: richSpec, project_id: 'p' } },
  { method: 'POST', path: '/v2/apps', body: { spec: { name: 'other', services: richSpec.services } } },
  { method: 'PUT', path: app, body: { spec: richSpec, update_all_source_versions: true } },
  { method: 'POST', path: '/v2/apps/propose', body: { spec: richSpec, app_id: '{app}' } },
  { method: 'POST', path: `${app}/deployments`, body: { force_build: true } },
  { method: 'POST', path: `${app}/restart`, body: { components: ['web'] } },
  { method: 'POST', path: `${app}/rollback`, body: rollback },
  { method: 'POST', path: `${app}/rollback/validate`, body: rollback },
  { method: 'POST', path: `${app}/rollback/commit` },
  { method: 'POST', path: `${app}/rollback/revert` },
  { method: 'POST', path: `${app}/deployments/{deployment}/cancel` },
  { method: 'POST', path: `${app}/events/{deployment}/cancel` },
  { method: 'POST', path: `${app}/job-invocations/x/cancel` },
  {
    method: 'POST',
    path: `${app}/alerts/{alert}/destinations`,
    body: { emails: ['sammy@example.com'], slack_webhooks: webhooks },
  },
  {
    method: 'POST',
    path: '/v2/apps/metrics/bandwidth_daily',
    body: { app_ids: ['{app}'], date: '2026-01-31T00:00:00Z' },
  },
  ...['', '/regions', '/tiers/instance_sizes', '/tiers/instance_sizes/basic-xxs', '/{app}'].map((path) => ({
    method: 'GET',
    path: `/v2/apps${path}`,
  })),
  ...[
    ...[
      'deployments',
      'deployments/{deployment}',
      'events',
      'events/{deployment}',
      'events/{deployment}/logs',
    ],
    ...['logs', 'components/web/logs', 'deployments/{deployment}/logs', 'components/web/exec'],
    ...['job-invocations', 'job-invocations/x', 'jobs/migrate/invocations/x/logs', 'alerts'],
    ...['instances', 'health', 'metrics/bandwidth_daily'],
  ].map((path) => ({ method: 'GET', path: `${app}/${path}` })),
  { method: 'DELETE', path: app },
  { method: 'GET', path: '/logs/{app}/{deployment}/web/RUN' },
  { method: 'GET', path: '/logs/{app}/{deployment}/-/RUN/live' },
];

const document = fc
  .tuple(fc.constantFrom(...knownCalls), fc.array(mutation, { maxLength: 3 }))
  .map(([{ body: valid = {} }, mutations]) => JSON.stringify(mutate(valid, mutations)));

/** A proposal of a spec that is nearly right. */
export const fuzzedProposal: fc.Arbitrary<FuzzedRequest> = fc
  .array(mutation, { maxLength: 2 })
  .map((mutations) => ({
    method: 'POST',
    target: '/v2/apps/propose',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ spec: mutate(richSpec, mutations) })),
  }));

/** Bytes, not text: what is sent need be no UTF-8. */
const body: fc.Arbitrary<Buffer | undefined> = fc.oneof(
  { weight: 10, arbitrary: document.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.constant(undefined) },
  fc.tuple(document, fc.nat(3000)).map(([text, at]) => Buffer.from(text.slice(0, at))),
  fc.tuple(document, fc.nat(3000)).map(([text, at]) => {
    const bytes = Buffer.from(text);
    if (bytes.length > 0) bytes[at % bytes.length] = 0xff;
    return bytes;
  }),
  document.map((text) => Buffer.from(text.replace(/"name"/, '"__proto__"'))),
  fc.constantFrom(40, 60, 30_000).map((depth) => Buffer.from('['.repeat(depth))),
  fc
    .constantFrom('1e999', '"\\ud800"', '\ufeff{}', 'null', '[]', '{"spec":1e999}', '{"a":1,"a":2}')
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  // YAML's own: anchors, aliases of aliases, merges, tags, complex keys.
  fc
    .constantFrom(
      'a: &a [*a]',
      'spec: {<<: *x}',
      'spec: !!js/function x',
      '? [a]\n: b',
      'a: .inf\nspec: ~',
      '- &a [1]\n- [*a,*a]',
    )
    .map((text) => Buffer.from(text)),
);

/** One segment of a path, as it stands in a request. */
const segment = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    '%2e%2e',
    '%00',
    '%zz',
    '%',
    '%ff',
    '__proto__',
    'a%2fb',
    '*',
    ':app',
    ';x',
    '~',
  ),
  fc
    .string({ unit: 'binary', maxLength: 20 })
    .map((text) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&')),
  fc.integer({ min: 90, max: 9000 }).map((length) => 'x'.repeat(length)),
);
const knownPath = fc.constantFrom(...knownCalls).map(({ path }) => path);
const path = fc.oneof(
  { weight: 12, arbitrary: knownPath },
  { weight: 3, arbitrary: fc.tuple(knownPath, fc.nat(8), segment).map(withSegment) },
  fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`),
);

function withSegment([known, at, other]: [string, number, string]): string {
  const parts = known.split('/');
  parts[1 + (at % (parts.length - 1))] = other;
  return parts.join('/');
}

const queryValue = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    '-1',
    '1e3',
    '99999999999999999999',
    'true',
    'RUN',
    'BUILD',
    'MANUAL',
    'DEPLOYMENT',
    '%zz',
    '%00',
    '2026-13-45',
    '2026-01-31',
  ),
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
);
const queryName = fc.constantFrom(
  'page',
  'per_page',
  'type',
  'follow',
  'tail_lines',
  'name',
  'with_projects',
  'deployment_types',
  'event_types',
  'date',
  'job_names',
  'signature',
  '__proto__',
  'a[b]',
  '',
);
const query = fc
  .array(fc.tuple(queryName, queryValue), { maxLength: 4 })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`));

const contentType = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  { weight: 2, arbitrary: fc.constant('application/yaml') },
  fc.constantFrom(
    'application/json; charset=utf-16',
    'text/html',
    'application/x-www-form-urlencoded',
    '',
    ';',
    'multipart/form-data',
    'application/json;;;',
    'x',
  ),
);
const headers = fc.record(
  {
    'content-type': contentType,
    accept: fc.constantFrom('application/yaml', '*/*', ''),
    'x-strange': fc.string({ unit: fc.constantFrom('a', 'ÿ', '"', '\t'), maxLength: 30 }),
    'accept-encoding': fc.constantFrom('gzip', '\u00ff'),
  },
  { requiredKeys: ['content-type'] },
);

const method = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE') },
  fc.constantFrom('PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'MKCOL', 'LOCK', 'PURGE', 'M-SEARCH'),
);

/** A call that is nearly right: most of the code lies behind the first checks. */
const nearlyRight: fc.Arbitrary<FuzzedRequest> = fc
  .record({
    call: fc.constantFrom(...knownCalls),
    mutations: fc.array(mutation, { maxLength: 2 }),
    asked: fc.option(query, { nil: '' }),
  })
  .map(({ call: { method: right, path: at, body: valid }, mutations, asked }) => ({
    method: right,
    target: at + asked,
    headers: { 'content-type': 'application/json' },
    body: valid === undefined ? undefined : Buffer.from(JSON.stringify(mutate(valid, mutations))),
  }));

const anything: fc.Arbitrary<FuzzedRequest> = fc
  .record({ method, path, query, headers, body })
  .map(({ path: at, query: asked, ...rest }) => ({ ...rest, target: at + asked }));

export const fuzzedRequest = fc.oneof(nearlyRight, anything);

export interface FuzzedAnswer {
  status: number;
  text: string;
}

/** Sends it; `ids` fill the places of what exists. */
export async function send(
  dispatcher: Dispatcher,
  request: FuzzedRequest,
  ids: ReadonlyMap<string, string>,
  authorization: string,
): Promise<FuzzedAnswer> {
  const fill = (text: string) =>
    text.replaceAll(/\{(app|deployment|alert)\}/g, (_, name: string) => ids.get(name) ?? 'none');
  const filled =
    request.body?.includes('{app}') || request.body?.includes('{deployment}')
      ? Buffer.from(fill(request.body.toString()))
      : request.body;
  const reply = await dispatcher.request({
    method: request.method as Dispatcher.HttpMethod,
    path: fill(request.target),
    headers: { ...request.headers, authorization },
    body: filled ?? null,
  });
  return { status: reply.statusCode, text: await reply.body.text() };
}
