import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appSpec } from './arbitrary-spec.test.helper.js';
import {
  AppSpecError,
  appSpecSchema,
  checkAppSpec,
  instanceSizes,
  parseAppSpec,
  withDefaults,
} from './index.js';

const file = 'infra/do-gradient/pr-review/app-spec.yaml';

function complaints(text: string): string[] {
  try {
    parseAppSpec(text, file);
    return [];
  } catch (error) {
    if (error instanceof AppSpecError)
      return error.message.split('\n').map((line) => line.replace(/^[^:]*(:\d+)?: /, ''));
    throw error;
  }
}

/** A service with these lines in addition to its name and source. */
function service(...lines: string[]): string {
  return [
    'name: app',
    'services:',
    '  - name: web',
    '    git: {repo_clone_url: x}',
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}

describe('a spec that is right', () => {
  it('is read with placeholders where there is text', () => {
    const spec = parseAppSpec(
      `
name: pr-review
region: nyc
services:
  - name: pr-review
    github: { repo: '\${GITHUB_REPOSITORY}', branch: main, deploy_on_push: false }
    http_port: 8080
    instance_size_slug: apps-s-1vcpu-0.5gb
    health_check: { http_path: /health, port: 8080 }
    envs:
      - { key: GITHUB_TOKEN, type: SECRET, scope: RUN_TIME, value: '\${GITHUB_TOKEN}' }
ingress: { rules: [{ match: { path: { prefix: / } }, component: { name: pr-review } }] }
alerts: [{ rule: DEPLOYMENT_FAILED }]
`,
      file,
    );
    expect(spec.services?.[0]?.github?.repo).toBe('${GITHUB_REPOSITORY}');
  });

  it('passes whatever valid parts it is made of', () => {
    fc.assert(fc.property(appSpec, (spec) => void expect(checkAppSpec(spec)).toMatchObject({ ok: true })));
  });
});

describe('a spec that is wrong', () => {
  it('is reported with file, path, what was expected and what came', () => {
    expect(() => parseAppSpec(service('http_port: 80a'), file)).toThrow(
      `${file}:5: services/0/http_port: expected an integer from 1 to 65535, got "80a"`,
    );
  });

  it('is reported all at once, in the order of the file, each with its line', () => {
    const text = service(
      'http_port: 0',
      'instance_count: 251',
      'colour: red',
      'envs: [{key: 1A}, {key: B}, {key: B, scope: RUN_TIME}]',
    );
    try {
      parseAppSpec(`${text}\nregion: mars\n`, file);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof AppSpecError)) throw error;
      expect(error.issues.map(({ path, line }) => [line, path])).toEqual([
        [5, 'services/0/http_port'],
        [6, 'services/0/instance_count'],
        [7, 'services/0/colour'],
        [8, 'services/0/envs/0/key'],
        [8, 'services/0/envs/2/key'],
        [9, 'region'],
      ]);
    }
  });

  it.each([
    ['an unknown field', service('buid_command: x'), 'services/0/buid_command: unknown field'],
    ['a missing name', 'services: [{name: web, git: {}}]', 'name: required, expected a string'],
    ['a bad name', service().replace('app', 'App_1'), 'name: expected 2 to 32 characters'],
    [
      'a name used twice',
      `${service()}\nworkers: [{name: web, git: {}}]`,
      'workers/0/name: "web" is already the name of services/0',
    ],
    ['no source', 'name: app\nservices: [{name: web}]', 'services/0: expected exactly one source'],
    ['two sources', service('github: {repo: a/b}'), 'got git and github'],
    [
      'tag and digest',
      service().replace(
        'git: {repo_clone_url: x}',
        `image: {registry_type: DOCR, repository: r, tag: t, digest: 'sha256:${'0'.repeat(64)}'}`,
      ),
      'image/tag: not allowed together with digest',
    ],
    [
      'a bad digest',
      service().replace(
        'git: {repo_clone_url: x}',
        'image: {registry_type: DOCR, repository: r, digest: latest}',
      ),
      'image/digest: expected "sha256:"',
    ],
    [
      'autoscaling with instance_count',
      service(
        'instance_size_slug: apps-d-1vcpu-1gb',
        'instance_count: 2',
        'autoscaling: {min_instance_count: 1, max_instance_count: 2}',
      ),
      'instance_count: not allowed together with autoscaling',
    ],
    [
      'autoscaling on a shared size',
      service(
        'instance_size_slug: apps-s-1vcpu-1gb',
        'autoscaling: {min_instance_count: 1, max_instance_count: 2}',
      ),
      'autoscaling needs a dedicated size',
    ],
    [
      'two of a single-instance size',
      service('instance_size_slug: apps-s-1vcpu-0.5gb', 'instance_count: 2'),
      'allows one instance only',
    ],
    [
      'a rule to nowhere',
      `${service()}\ningress: {rules: [{component: {name: api}}]}`,
      'no service, static site or function is called "api" (known: web)',
    ],
    [
      'a rule to a worker',
      `${service()}\nworkers: [{name: job-worker, git: {}}]\ningress: {rules: [{component: {name: job-worker}}]}`,
      'is called "job-worker"',
    ],
    [
      'a rule to two places',
      `${service()}\ningress: {rules: [{component: {name: web}, redirect: {uri: /}}]}`,
      'ingress/rules/0: expected either component or redirect, got both',
    ],
    [
      'a variable set twice',
      `${service()}\nenvs: [{key: A}, {key: A, value: x}]`,
      'envs/1/key: "A" is set twice',
    ],
    [
      'an unquoted number',
      service('envs: [{key: PORT, value: 8080}]'),
      'value: expected a string, got a number: put it in quotes',
    ],
    [
      'a value that must not be shown',
      service('envs: [{key: PIN, value: 1234}]'),
      'got a number: put it in quotes',
    ],
    [
      'a schedule without its kind',
      'name: app\njobs: [{name: nightly, git: {}, schedule: {cron: "0 0 * * *"}}]',
      'schedule: only for kind SCHEDULED',
    ],
    ['nothing to run', 'name: app', 'expected at least one component'],
    ['an empty file', '', 'the file is empty'],
    ['a list', '- name: app', 'expected an object, got an array'],
    ['two documents', 'name: app\n---\nname: other', 'not valid YAML'],
    ['a key set twice', 'name: app\nname: other', 'not valid YAML: "name" is set twice'],
    [
      'an alias bomb',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [${'*a,'.repeat(20)}]\nc: &c [${'*b,'.repeat(20)}]\nd: [${'*c,'.repeat(20)}]`,
      'not valid YAML: Excessive alias count',
    ],
    ['a field called __proto__', `${service()}\n__proto__: {polluted: true}`, 'unknown field'],
  ])('%s', (_, text, complaint) => {
    expect(complaints(text).join('\n')).toContain(complaint);
  });

  it('is reported with the line if the file is not YAML', () => {
    expect(() => parseAppSpec('name: app\nservices: [\n  a: b: c', file)).toThrow(
      `${file}:3: not valid YAML`,
    );
  });

  it('never ends in anything but an AppSpecError, whatever the file holds', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          parseAppSpec(text, file);
        } catch (error) {
          expect(error).toBeInstanceOf(AppSpecError);
        }
      }),
    );
  });

  it('is found by the schema alone as well', () => {
    expect(appSpecSchema.safeParse({ name: 'app', services: [{ name: 'web' }] }).success).toBe(false);
  });
});

describe('defaults', () => {
  it('are those of the platform', () => {
    const [web] = withDefaults(parseAppSpec(service('envs: [{key: A, value: b}]'), file)).services ?? [];
    expect(web).toMatchObject({
      http_port: 8080,
      instance_count: 1,
      instance_size_slug: 'apps-s-1vcpu-0.5gb',
      health_check: {
        initial_delay_seconds: 0,
        period_seconds: 10,
        timeout_seconds: 1,
        success_threshold: 1,
        failure_threshold: 9,
      },
      termination: { drain_seconds: 15, grace_period_seconds: 120 },
      envs: [{ key: 'A', value: 'b', scope: 'RUN_AND_BUILD_TIME', type: 'GENERAL' }],
    });
  });

  it('leave what is said, are valid, and change nothing a second time', () => {
    fc.assert(
      fc.property(appSpec, (spec) => {
        const full = withDefaults(spec);
        expect(full.services).toMatchObject(
          (spec.services ?? []).map(({ name, http_port: port, internal_ports: internal = [] }) => {
            // A service with internal ports alone is not public.
            return { name, ...(internal.length === 0 || port ? { http_port: port ?? 8080 } : {}) };
          }),
        );
        expect(checkAppSpec(full)).toMatchObject({ ok: true });
        expect(withDefaults(full)).toEqual(full);
      }),
    );
  });
});

describe('instance sizes', () => {
  it('have the prices of the platform', () => {
    const prices = Object.fromEntries(instanceSizes.map(({ slug, usdPerMonth }) => [slug, usdPerMonth]));
    expect(prices).toMatchObject({
      'apps-s-1vcpu-0.5gb': 5,
      'apps-d-2vcpu-4gb': 78,
      'apps-d-8vcpu-32gb': 392,
    });
  });
});
