import { type AppSpec, checkAppSpec, type Service } from '@odoobo/app-platform/spec';
import { describe, expect, it } from 'vitest';
import { Containers } from '../containers/containers.js';
import { Databases } from '../databases/databases.js';
import { ImageStore } from '../images/image-store.js';
import { openSources } from '../sources/open-sources.js';
import { layoutOf } from '../state/layout.js';
import { SecretBox } from '../state/secrets.js';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { requireRunnable } from './runnable.js';
import { decidedFields } from './spec-fields.js';

const digest = `sha256:${'0'.repeat(64)}`;
const git = { repo_clone_url: 'https://example.com/shop.git', branch: 'main' };
const image = {
  registry_type: 'GHCR' as const,
  registry: 'shop',
  repository: 'shop',
  digest,
  deploy_on_push: { enabled: false },
};
const logDestinations = [{ name: 'papers', papertrail: { endpoint: 'logs.example.com:514' } }];
const alerts: Service['alerts'] = [{ rule: 'CPU_UTILIZATION', value: 90 }];
const unused = { log_destinations: logDestinations, alerts };
const autoscaling = {
  min_instance_count: 1,
  max_instance_count: 2,
  metrics: {
    cpu: { percent: 50 },
    requests_per_second: { per_instance: 50 },
    request_duration: { p95_milliseconds: 500 },
  },
};
const instanceSizeSlug = 'apps-d-1vcpu-1gb' as const;

/** A spec with every field that the local platform ignores. */
const ignored: AppSpec = {
  name: 'shop',
  region: 'ams',
  disable_edge_cache: true,
  disable_email_obfuscation: true,
  enhanced_threat_control_enabled: true,
  domains: [{ domain: 'shop.example.com' }],
  egress: { type: 'DEDICATED_IP' },
  maintenance: { enabled: false, offline_page_url: 'https://example.com/offline.html' },
  vpc: { id: 'a-network' },
  alerts: [{ rule: 'DEPLOYMENT_FAILED' }],
  features: ['a-feature'],
  ingress: {
    rules: [{ match: { path: { prefix: '/' } }, component: { name: 'web' } }],
    custom_error_page_url: 'https://example.com/error.html',
    load_balancer: 'DIGITALOCEAN',
    load_balancer_size: 1,
    secure_header: { key: 'x-key', value: 'value' },
  },
  databases: [
    {
      name: 'db',
      engine: 'PG',
      production: false,
      db_name: 'shop',
      db_user: 'shop',
      version: '15',
      size: 'db-s-dev-database',
      num_nodes: 1,
    },
  ],
  services: [
    { name: 'built', git, environment_slug: 'jekyll' },
    {
      name: 'web',
      image,
      http_port: 8000,
      health_check: { path: '/health' },
      ...unused,
    },
    { name: 'wide', image, instance_size_slug: instanceSizeSlug, autoscaling },
  ],
  workers: [
    { name: 'built-worker', git, environment_slug: 'jekyll' },
    { name: 'worker', image, liveness_health_check: { port: 9000 }, ...unused },
    { name: 'many', image, instance_size_slug: instanceSizeSlug, autoscaling },
  ],
  jobs: [
    { name: 'job', image, ...unused },
    { name: 'built-job', git, environment_slug: 'jekyll' },
  ],
  static_sites: [{ name: 'site', git, run_command: 'npm start', environment_slug: 'jekyll', ...unused }],
};

const { digest: _digest, ...byTag } = { ...image, tag: 'latest' };
const inGit = { name: 'web', git, dockerfile_path: 'Dockerfile' };
const ofAll = [inGit, { name: 'web', image: byTag }];

/** For each field that is refused, at least one spec that is refused for it. */
const refused: Omit<AppSpec, 'name'>[] = [
  ...ofAll.flatMap((one) => [{ services: [one] }, { workers: [one] }, { jobs: [one] }]),
  { static_sites: [inGit] },
  {
    services: [
      {
        name: 'web',
        image,
        http_port: 8080,
        internal_ports: [9000],
        instance_count: 2,
        instance_size_slug: instanceSizeSlug,
      },
    ],
  },
  { jobs: [{ name: 'job', image, instance_count: 2, instance_size_slug: instanceSizeSlug }] },
  { static_sites: [{ name: 'site', image: byTag }] },
  { functions: [{ name: 'functions', git }] },
  { databases: [{ name: 'db', engine: 'MONGODB' }] },
];

const pathsOf = (decision: string) =>
  decidedFields()
    .filter((field) => field.decision === decision)
    .map(({ path }) => path.join('/'));

/** The value of a field; of a list, those of all its elements. */
function valuesAt(value: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (Array.isArray(value))
    return value.flatMap((one) => valuesAt(one, name === undefined ? [] : [name, ...rest]));
  if (name === undefined) return value === undefined ? [] : [value];
  return typeof value === 'object' && value !== null
    ? valuesAt((value as Record<string, unknown>)[name], rest)
    : [];
}

async function runtime() {
  const layout = layoutOf(await temporaryFolder());
  const secrets = new SecretBox(Buffer.alloc(32));
  const containers = new Containers(layout, []);
  return {
    sources: openSources({ layout, images: new ImageStore(layout.images), containers, secrets }),
    databases: new Databases({ layout, secrets, ports: new Set(), warn: () => undefined }),
  };
}

describe('a field of the spec that the local platform ignores', () => {
  it('is accepted', async () => {
    const absent = pathsOf('ignored').filter((path) => valuesAt(ignored, path.split('/')).length === 0);
    expect(absent).toEqual([]);
    expect(checkAppSpec(ignored)).toMatchObject({ ok: true });
    await expect(requireRunnable(ignored, await runtime())).resolves.toBeUndefined();
  });
});

/** What begins a sentence, or the rest of one, that says what to do. */
const wayOut = /(?:^|[.:] |, or )(Leave|Set|Map|Name|make|install|Install)\b/;

describe('a field of the spec that the local platform refuses', () => {
  it('is refused with status 501 and a message that names it and what to do', async () => {
    const open = await runtime();
    const named = refused.map(async (components) => {
      const spec = { name: 'shop', ...components };
      expect(checkAppSpec(spec)).toMatchObject({ ok: true });
      const error: unknown = await requireRunnable(spec, open).then(
        () => new Error(`${JSON.stringify(components)} was not refused`),
        (refusal: unknown) => refusal,
      );
      expect(error).toMatchObject({ status: 501 });
      const { message } = error as Error;
      expect(message).toMatch(wayOut);
      return pathsOf('refused').filter((path) =>
        message.includes(path.replace(/^(services|workers|jobs|static_sites|databases)/, '$1/0')),
      );
    });
    expect([...new Set((await Promise.all(named)).flat())].sort()).toEqual(pathsOf('refused').sort());
  });
});
