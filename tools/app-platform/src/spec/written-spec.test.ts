import { describe, expect, it } from 'vitest';
import { type AppSpec, writtenSpecIssues } from './index.js';

type Service = NonNullable<AppSpec['services']>[number];

function issuesOf(service: Partial<Service>, app: Partial<AppSpec> = {}): string[] {
  const spec: AppSpec = { name: 'shop', services: [{ name: 'web', ...service }], ...app };
  return writtenSpecIssues(spec).map(({ path, message }) => `${path}: ${message}`);
}

const secretOf = (value: string) => ({ envs: [{ key: 'API_KEY', type: 'SECRET' as const, value }] });

describe('a secret in a file', () => {
  it.each([
    '${API_KEY}',
    'prefix-${API_KEY}',
    'postgres://app:${DB_PASSWORD}@db.test/shop',
    '${db.DATABASE_URL}',
    'EV[1:abc:def]',
    '',
  ])('may be %j', (value) => {
    expect(issuesOf(secretOf(value))).toEqual([]);
  });

  it.each([
    'sk-live-0123456789',
    '$${API_KEY}',
    '$API_KEY',
    'postgres://app:s3cr3t@${DB_HOST}/shop',
    'postgres://app:s3cr3t@db.test/shop',
    'Bearer s3cr3t',
    'EV[1:abc] s3cr3t',
  ])('may not be in clear text: %j', (value) => {
    const [issue, ...others] = issuesOf(secretOf(value));
    expect(issue).toBe(
      'services/0/envs/0/value: a secret in clear text, which everyone with access to the repository can read. ' +
        'Write ${API_KEY} in its place, and set API_KEY in the environment of the deploy',
    );
    expect(others).toEqual([]);
  });

  it('may be in clear text nowhere: each place is reported, without its value', () => {
    const image = { registry_type: 'GHCR' as const, repository: 'r', registry_credentials: 'user:s3cr3t' };
    const issues = issuesOf(
      {
        image,
        log_destinations: [
          { name: 'dd', datadog: { api_key: 's3cr3t' } },
          { name: 'lt', logtail: { token: '${LT}' }, headers: [{ key: 'Authorization', value: 's3cr3t' }] },
          { name: 'os', open_search: { basic_auth: { user: 'u', password: 's3cr3t' } } },
        ],
      },
      {
        ...secretOf('s3cr3t'),
        workers: [{ name: 'w', git: { repo_clone_url: 'https://user:s3cr3t@git.test/r', branch: 'main' } }],
        jobs: [{ name: 'j', image: { ...image, registry_credentials: '${USER}:s3cr3t' } }],
      },
    );
    expect(issues.map((issue) => issue.replace(/: .*/, ''))).toEqual([
      'envs/0/value',
      'services/0/image/registry_credentials',
      'services/0/log_destinations/0/datadog/api_key',
      'services/0/log_destinations/1/headers/Authorization',
      'services/0/log_destinations/2/open_search/password',
      'workers/0/git/repo_clone_url',
      'jobs/0/image/registry_credentials',
    ]);
    expect(issues.join()).not.toContain('s3cr3t');
  });

  it('is none where nothing is secret', () => {
    const git = { repo_clone_url: 'https://git.test/r', branch: 'main' };
    expect(
      issuesOf({
        git,
        envs: [
          { key: 'LEVEL', value: 'debug' },
          { key: 'X', type: 'SECRET' },
        ],
      }),
    ).toEqual([]);
    expect(issuesOf({ git: { ...git, repo_clone_url: 'git@git.test:acme/r' } })).toEqual([]);
    expect(issuesOf({ git: { ...git, repo_clone_url: 'https://x:${GIT_TOKEN}@git.test/r' } })).toEqual([]);
  });
});

it('cannot escape what App Platform fills in, which has no escape for it', () => {
  const envs = ['$${APP_URL}', '$${db.HOSTNAME}', '$${LITERAL} ${APP_URL}'].map((value, at) => ({
    key: `K${at}`,
    value,
  }));
  expect(issuesOf({ envs })).toEqual([
    expect.stringMatching(/^services\/0\/envs\/0\/value: App Platform replaces \$\{APP_URL\} in any case/),
    expect.stringMatching(
      /^services\/0\/envs\/1\/value: App Platform replaces \$\{db\.HOSTNAME\} in any case/,
    ),
  ]);
});
