import { describe, expect, it } from 'vitest';
import { type AppSpec, AppSpecError, type ResolveOptions, resolveSpec } from './index.js';

const exampleDigest = `sha256:${'d'.repeat(64)}`;

const exampleSpec: AppSpec = {
  name: 'app',
  envs: [{ key: 'STAGE', value: '${STAGE}' }],
  services: [
    {
      name: 'web',
      github: { repo: '${GITHUB_REPOSITORY}', branch: '${BRANCH}', deploy_on_push: false },
      build_command: 'npm ci && echo ${STAGE}',
      run_command: 'node main.mjs ${STAGE}',
      source_dir: '/',
      environment_slug: 'node-js',
      dockerfile_path: 'Dockerfile',
      http_port: 9000,
      envs: [
        { key: 'URL', value: '${APP_URL}/x/${STAGE}' },
        { key: 'SELF', value: '${_self.PUBLIC_URL} ${db.HOSTNAME} ${APP_DOMAIN} ${APP_ID}' },
        { key: 'TOKEN', type: 'SECRET', value: '${GITHUB_TOKEN}' },
        { key: 'API_KEY', type: 'SECRET' },
        { key: 'OLD', type: 'SECRET', value: 'EV[1:abc]' },
        { key: 'PLAIN' },
      ],
    },
  ],
};

const exampleEnvironment = {
  STAGE: 'live',
  GITHUB_REPOSITORY: 'owner/repository',
  BRANCH: 'main',
  GITHUB_TOKEN: 'gh-secret',
  API_KEY: 'api-secret',
};

function resolve(more: Partial<ResolveOptions> = {}) {
  const artefact = { repository: 'app', digest: exampleDigest };
  return resolveSpec({
    spec: exampleSpec,
    file: 'app-spec.yaml',
    environment: exampleEnvironment,
    artefact,
    source: 'artefact',
    ...more,
  });
}

function envOf(spec: AppSpec, key: string): string | undefined {
  return spec.services?.[0]?.envs?.find((env) => env.key === key)?.value;
}

describe('variables', () => {
  it('are filled in from the environment; what the platform fills in stays', () => {
    const { spec, missing } = resolve();
    expect(missing).toEqual([]);
    expect(spec.envs?.[0]?.value).toBe('live');
    expect(envOf(spec, 'URL')).toBe('${APP_URL}/x/live');
    expect(envOf(spec, 'SELF')).toBe('${_self.PUBLIC_URL} ${db.HOSTNAME} ${APP_DOMAIN} ${APP_ID}');
  });

  it('are filled in once: a value is not read as a template again', () => {
    const { spec } = resolve({ environment: { ...exampleEnvironment, STAGE: '${GITHUB_TOKEN} $& $1' } });
    expect(spec.envs?.[0]?.value).toBe('${GITHUB_TOKEN} $& $1');
  });

  it.each([
    ['$${STAGE}', '${STAGE}'],
    ['$$${STAGE}', '$live'],
    ['$$$${STAGE} ${STAGE}', '$${STAGE} live'],
    ['$${APP_URL} ${APP_URL}', '${APP_URL} ${APP_URL}'],
    ['$${db.HOSTNAME} ${db.HOSTNAME}', '${db.HOSTNAME} ${db.HOSTNAME}'],
    ['$$ $STAGE $$STAGE $${} {STAGE}', '$$ $STAGE $$STAGE $${} {STAGE}'],
    ['$${MISSING}', '${MISSING}'],
  ])('are escaped by a dollar: %s is %s', (value, expanded) => {
    const { spec, missing } = resolve({ spec: { ...exampleSpec, envs: [{ key: 'X', value }] } });
    expect(spec.envs?.[0]?.value).toBe(expanded);
    expect(missing).toEqual([]);
  });

  it('that are missing leave their entry out, all of them named with place and kind', () => {
    const { spec, missing, secrets } = resolve({ environment: { GITHUB_TOKEN: '' } });
    expect(missing).toEqual([
      { key: 'STAGE', path: 'envs/0', secret: false },
      { key: 'STAGE', path: 'services/0/envs/0', secret: false },
      { key: 'GITHUB_TOKEN', path: 'services/0/envs/2', secret: true },
      { key: 'API_KEY', path: 'services/0/envs/3', secret: true },
    ]);
    expect(secrets).toEqual([]);
    expect(spec.services?.[0]?.envs?.map(({ key }) => key)).toEqual(['SELF', 'OLD', 'PLAIN', 'SKILL_DIGEST']);
  });

  it('of an inherited name are missing, not functions', () => {
    const spec: AppSpec = { ...exampleSpec, envs: [{ key: 'A', value: '${constructor}' }] };
    expect(resolve({ spec }).missing).toEqual([{ key: 'constructor', path: 'envs/0', secret: false }]);
  });
});

describe('secrets', () => {
  it('come from the environment, a nameless one under its own key, and are listed; encrypted ones stay', () => {
    const { spec, secrets } = resolve();
    expect(secrets).toEqual([
      { component: 'web', key: 'TOKEN', value: 'gh-secret' },
      { component: 'web', key: 'API_KEY', value: 'api-secret' },
    ]);
    expect(envOf(spec, 'OLD')).toBe('EV[1:abc]');
  });
});

describe('the source', () => {
  it('is replaced by the artefact, with all that only the old one needs', () => {
    const { envs, ...web } = resolve().spec.services?.[0] ?? {};
    expect(web).toEqual({
      name: 'web',
      http_port: 9000,
      image: { registry_type: 'DOCR', repository: 'app', digest: exampleDigest },
    });
    expect(envs?.at(-1)).toMatchObject({ key: 'SKILL_DIGEST', value: exampleDigest, type: 'GENERAL' });
  });

  it('in git stays as written, with its repository and branch filled in and its commands untouched', () => {
    const web = resolve({ source: 'as-written' }).spec.services?.[0];
    expect(web?.github).toEqual({ repo: 'owner/repository', branch: 'main', deploy_on_push: false });
    expect(web?.run_command).toBe('node main.mjs ${STAGE}');
    expect(envOf({ name: 'x', services: web && [web] }, 'SKILL_DIGEST')).toBe(exampleDigest);
  });

  it('in git that deploys on push has no digest: a later push would report the digest of an earlier artefact', () => {
    const { services = [] } = exampleSpec;
    const pushed = services.map((web) => ({ ...web, github: { ...web.github, deploy_on_push: true } }));
    const { spec } = resolve({ spec: { ...exampleSpec, services: pushed }, source: 'as-written' });
    expect(spec.services?.[0]?.envs?.map(({ key }) => key)).not.toContain('SKILL_DIGEST');
  });

  it('in git that is missing is named', () => {
    const environment = { ...exampleEnvironment, GITHUB_REPOSITORY: undefined };
    expect(resolve({ source: 'as-written', environment }).missing).toEqual([
      { key: 'GITHUB_REPOSITORY', path: 'services/0/github/repo', secret: false },
    ]);
  });

  it('as an image is pinned to the digest, its credentials filled in and listed', () => {
    const image = {
      registry_type: 'GHCR' as const,
      repository: 'r',
      tag: 'latest',
      registry_credentials: 'me:${GITHUB_TOKEN}',
    };
    const spec: AppSpec = { name: 'app', workers: [{ name: 'worker', image }] };
    const resolved = resolve({ spec, source: 'as-written' });
    expect(resolved.spec.workers?.[0]?.image).toEqual({
      registry_type: 'GHCR',
      repository: 'r',
      digest: exampleDigest,
      registry_credentials: 'me:gh-secret',
    });
    expect(resolved.secrets).toEqual([
      { component: 'worker', key: 'registry_credentials', value: 'me:gh-secret' },
    ]);
  });

  it('as an image that the spec pins to another digest stays what it is: it is not made here', () => {
    const image = {
      registry_type: 'DOCKER_HUB' as const,
      registry: 'valkey',
      repository: 'valkey',
      digest: `sha256:${'9'.repeat(64)}`,
    };
    const spec: AppSpec = { name: 'app', workers: [{ name: 'cache', image }] };
    expect(resolve({ spec, source: 'as-written' }).spec.workers?.[0]?.image).toEqual(image);
  });

  it('passes the pinned digest to a service with a pinned image, not that of the artefact, which does not run', () => {
    const image = {
      registry_type: 'GHCR' as const,
      registry: 'acme',
      repository: 'app',
      digest: `sha256:${'9'.repeat(64)}`,
    };
    const spec: AppSpec = { name: 'app', services: [{ name: 'web', image }] };
    expect(envOf(resolve({ spec, source: 'as-written' }).spec, 'SKILL_DIGEST')).toBe(image.digest);
    expect(envOf(resolve({ spec, source: 'artefact' }).spec, 'SKILL_DIGEST')).toBe(exampleDigest);
    const { digest: _digest, ...ours } = image;
    const built: AppSpec = { name: 'app', services: [{ name: 'web', image: ours }] };
    expect(envOf(resolve({ spec: built, source: 'as-written' }).spec, 'SKILL_DIGEST')).toBe(exampleDigest);
  });
});

describe('resolving', () => {
  it('does not change what it is given', () => {
    const before = structuredClone(exampleSpec);
    resolve();
    resolve({ source: 'as-written' });
    expect(exampleSpec).toEqual(before);
  });

  it('says so when a filled-in value makes the spec wrong', () => {
    const environment = { ...exampleEnvironment, GITHUB_REPOSITORY: 'no-slash' };
    expect(() => resolve({ source: 'as-written', environment })).toThrow(AppSpecError);
    expect(() => resolve({ source: 'as-written', environment })).toThrow(
      'services/0/github/repo: expected owner/repository',
    );
  });
});

describe('credentials of log destinations', () => {
  const withLogs = (apiKey: string): AppSpec => ({
    name: 'app',
    services: [
      {
        name: 'web',
        image: { registry_type: 'DOCR', repository: 'app', digest: exampleDigest },
        log_destinations: [
          { name: 'to datadog', datadog: { api_key: apiKey } },
          { name: 'to search', open_search: { basic_auth: { user: 'me', password: '${API_KEY}' } } },
        ],
      },
    ],
  });

  it('are filled in, and are secrets', () => {
    const { spec, secrets } = resolve({ spec: withLogs('${GITHUB_TOKEN}') });
    expect(spec.services?.[0]?.log_destinations).toMatchObject([
      { datadog: { api_key: 'gh-secret' } },
      { open_search: { basic_auth: { user: 'me', password: 'api-secret' } } },
    ]);
    expect(secrets.map(({ value }) => value)).toEqual(['gh-secret', 'api-secret']);
  });

  it('are named when the environment does not have them', () => {
    const { missing } = resolve({ spec: withLogs('${NOWHERE}') });
    expect(missing).toEqual([{ key: 'NOWHERE', path: 'services/0/log_destinations/0', secret: true }]);
  });
});
