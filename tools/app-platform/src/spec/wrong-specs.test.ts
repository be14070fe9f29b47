import { expect, it } from 'vitest';
import { checkAppSpec } from './index.js';
import { app, complaints, image, job, scheduled, service, source } from './written.test.helper.js';

/** Kinds of wrong specs, and who ran into them. Each gets exactly these complaints. */
const wrong: [kind: string, text: string, ...complaints: string[]][] = [
  // Names: godo issue 415.
  [
    'a name that is too long',
    service().replace('shop', 'a'.repeat(33)),
    `:1: name: expected 2 to 32 characters a-z, 0-9 and "-", starting with a letter and not ending with "-", got "${'a'.repeat(33)}"`,
  ],
  [
    'a name that is too short',
    service().replace('web', 'a'),
    ':3: services/0/name: expected 2 to 32 characters a-z, 0-9 and "-", starting with a letter and not ending with "-", got "a"',
  ],
  [
    'a name with capitals',
    service().replace('shop', 'My_App'),
    ':1: name: expected 2 to 32 characters a-z, 0-9 and "-", starting with a letter and not ending with "-", got "My_App"',
  ],
  [
    'two components of one name',
    app('workers:', `  - { name: web, ${source} }`),
    ':6: workers/0/name: "web" is already the name of services/0',
  ],
  // Fields that are elsewhere, or have another name: doctl issues 944, 1217, 1689; Try-Django-3.2 issue 5.
  ['env', service('env: []'), ':5: services/0/env: unknown field. Did you mean "envs"?'],
  ['port', service('port: 3000'), ':5: services/0/port: unknown field. Did you mean "http_port"?'],
  [
    'httpPort',
    service('httpPort: 3000'),
    ':5: services/0/httpPort: unknown field. Did you mean "http_port"?',
  ],
  [
    'dockerfile',
    service('dockerfile: Dockerfile'),
    ':5: services/0/dockerfile: unknown field. Did you mean "dockerfile_path"?',
  ],
  [
    'command',
    service('command: npm start'),
    ':5: services/0/command: unknown field. Did you mean "run_command"?',
  ],
  ['static_site', app('static_site: []'), ':5: static_site: unknown field. Did you mean "static_sites"?'],
  [
    'deploy_on_push beside github',
    service('deploy_on_push: true'),
    ':5: services/0/deploy_on_push: unknown field. It is a field of github, gitlab, bitbucket, image.',
  ],
  [
    'a size on a static site',
    app('static_sites:', `  - { name: site, ${source}, instance_size_slug: basic-xxs }`),
    ':6: static_sites/0/instance_size_slug: unknown field. It is a field of services, jobs, workers.',
  ],
  [
    'a health check one level too high',
    service('http_path: /health'),
    ':5: services/0/http_path: unknown field. It is a field of health_check, liveness_health_check.',
  ],
  [
    'a field one level too deep',
    service('health_check: { run_command: x }'),
    ':5: services/0/health_check/run_command: unknown field. It belongs to services/0.',
  ],
  [
    'a rule without its list',
    app('ingress: { match: { path: { prefix: / } } }'),
    ':5: ingress/match: unknown field. It is a field of rules.',
  ],
  // Types: doctl issue 978; the words of YAML 1.1.
  [
    'a number for a variable',
    service('envs: [{ key: PORT, value: 8080 }]'),
    ':5: services/0/envs/0/value: expected a string, got a number: put it in quotes',
  ],
  [
    'a number with underscores',
    service('envs: [{ key: MAX, value: 1_000 }]'),
    ':5: services/0/envs/0/value: expected a string, got a number: put it in quotes',
  ],
  [
    'an octal number',
    service('envs: [{ key: MODE, value: 0755 }]'),
    ':5: services/0/envs/0/value: expected a string, got a number: put it in quotes',
  ],
  [
    'an exponent, such as a short commit',
    service('envs: [{ key: COMMIT, value: 12e03 }]'),
    ':5: services/0/envs/0/value: expected a string, got a number: put it in quotes',
  ],
  [
    'a boolean for a variable',
    service('envs: [{ key: DEBUG, value: true }]'),
    ':5: services/0/envs/0/value: expected a string, got a boolean: put it in quotes',
  ],
  [
    'no for a variable',
    service('envs: [{ key: DEBUG, value: no }]'),
    ':5: services/0/envs/0/value: expected a string, got a boolean: put it in quotes',
  ],
  [
    'a version as a number',
    app('databases: [{ name: db, engine: PG, version: 12 }]'),
    ':5: databases/0/version: expected a string, got a number: put it in quotes',
  ],
  [
    'TLS version as a number',
    app('domains: [{ domain: shop.test.com, minimum_tls_version: 1.2 }]'),
    ':5: domains/0/minimum_tls_version: expected one of 1.2, 1.3, got 1.2',
  ],
  [
    'a port in quotes',
    service('http_port: "8080"'),
    ':5: services/0/http_port: expected an integer from 1 to 65535, got "8080"',
  ],
  [
    'a name that is no',
    service().replace('shop', 'no'),
    ':1: name: expected a string, got a boolean: put it in quotes',
  ],
  [
    'a map for a list',
    service('envs: { NODE_ENV: production }'),
    ':5: services/0/envs: expected an array, got an object',
  ],
  [
    'a text for a list',
    service('internal_ports: 9000'),
    ':5: services/0/internal_ports: expected an array, got a number',
  ],
  ['an empty item', service('envs:', '  -'), ':6: services/0/envs/0: expected an object, got null'],
  // Values of a closed set: terraform provider issue 1107, OctoBot issue 1934.
  [
    'a data centre for a region',
    app('region: nyc1'),
    ':5: region: expected one of atl, nyc, sfo, tor, ams, fra, lon, blr, sgp, syd, got "nyc1". Did you mean "nyc"?',
  ],
  [
    'a registry in small letters',
    image('registry_type: ghcr, registry: acme, repository: shop'),
    ':4: services/0/image/registry_type: expected one of DOCKER_HUB, DOCR, GHCR, got "ghcr". Did you mean "GHCR"?',
  ],
  [
    'a kind with a hyphen',
    job('kind: PRE-DEPLOY'),
    ':8: jobs/0/kind: expected one of UNSPECIFIED, PRE_DEPLOY, POST_DEPLOY, FAILED_DEPLOY, SCHEDULED, got "PRE-DEPLOY". Did you mean "PRE_DEPLOY"?',
  ],
  [
    'an alert for the wrong level',
    app('alerts: [{ rule: CPU_UTILIZATION }]'),
    ':5: alerts/0/rule: only for a component: move it to the alerts of one',
  ],
  [
    'an alert of the app on a component',
    service('alerts: [{ rule: DEPLOYMENT_FAILED }]'),
    ':5: services/0/alerts/0/rule: only for the app: move it to the alerts at the top level',
  ],
  // Sources: app_action issues 56 and 70, doctl issue 923.
  [
    'no source',
    'name: shop\nservices:\n  - name: web',
    ':3: services/0: expected exactly one source of git, github, gitlab, bitbucket, image, got none',
  ],
  [
    'two sources',
    service('image: { registry_type: DOCR, repository: shop }'),
    ':3: services/0: expected exactly one source of git, github, gitlab, bitbucket, image, got git and image',
  ],
  [
    'tag and digest',
    image(`registry_type: DOCR, repository: shop, tag: v1, digest: "sha256:${'0'.repeat(64)}"`),
    ':4: services/0/image/tag: not allowed together with digest: a digest names one image, a tag may move',
  ],
  [
    'a registry for DOCR',
    image('registry_type: DOCR, registry: acme, repository: shop'),
    ':4: services/0/image/registry: must be left empty for registry_type DOCR',
  ],
  [
    'no registry for Docker Hub',
    image('registry_type: DOCKER_HUB, repository: nginx'),
    ':4: services/0/image/registry: required for registry_type DOCKER_HUB',
  ],
  [
    'a repository without its owner',
    'name: shop\nservices:\n  - name: web\n    github: { repo: shop }',
    ':4: services/0/github/repo: expected owner/repository, got "shop"',
  ],
  [
    'a repository with its registry',
    image('registry_type: DOCR, repository: registry.digitalocean.com/acme/shop'),
    ':4: services/0/image/repository: expected it without "registry.digitalocean.com": registry_type names the registry. Did you mean "shop"?',
  ],
  [
    'an image of no registry',
    image('registry: index.docker.io/v1, repository: redmine'),
    ':4: services/0/image/registry_type: required',
  ],
  // Routing: godo issue 415, app_action issue 261.
  [
    'two components on one route',
    app(
      'workers: []',
      'static_sites:',
      `  - { name: site, ${source}, routes: [{ path: /api }] }`,
      'functions:',
      `  - { name: fn, ${source}, routes: [{ path: /api/ }] }`,
    ),
    ':9: functions/0/routes/0/path: "/api" is already the path of static_sites/0/routes/0',
  ],
  [
    'two routes of a component that are one',
    service('routes: [{ path: / }, {}]'),
    ':5: services/0/routes/1/path: "/" is already the path of services/0/routes/0',
  ],
  [
    'two ingress rules with one match',
    app(
      'ingress:',
      '  rules:',
      '    - { match: { path: { prefix: / } }, component: { name: web } }',
      '    - component: { name: web }',
    ),
    ':8: ingress/rules/1: matches the prefix "/", as ingress/rules/0 already does',
  ],
  [
    'two ingress rules for one path of a host',
    app(
      'ingress:',
      '  rules:',
      ...['Shop.test', 'shop.test'].map(
        (host) =>
          `    - { match: { path: { exact: /a }, authority: { exact: ${host} } }, component: { name: web } }`,
      ),
    ),
    ':8: ingress/rules/1: matches the path "/a" of "shop.test", as ingress/rules/0 already does',
  ],
  [
    'routes of an internal service',
    service('internal_ports: [9000]', 'routes: [{ path: / }]'),
    ':6: services/0/routes: not allowed for a service with internal_ports alone. Set http_port, too, or leave the routes out',
  ],
  [
    'a rule for a component that is not there',
    app('ingress: { rules: [{ component: { name: api } }] }'),
    ':5: ingress/rules/0/component/name: no service, static site or function is called "api" (known: web)',
  ],
  [
    'a path without its slash',
    service('routes: [{ path: api }]'),
    ':5: services/0/routes/0/path: expected a path that starts with "/", got "api"',
  ],
  // Schedules.
  [
    'a schedule in words',
    scheduled('{ cron: "every day" }'),
    ':9: jobs/0/schedule/cron: expected minute, hour, day of month, month and day of week, such as "0 3 * * *", got "every day"',
  ],
  [
    'a schedule with seconds',
    scheduled('{ cron: "0 0 3 * * *" }'),
    ':9: jobs/0/schedule/cron: expected minute, hour, day of month, month and day of week, such as "0 3 * * *", got "0 0 3 * * *"',
  ],
  [
    'an hour that is none',
    scheduled('{ cron: "0 24 * * *" }'),
    ':9: jobs/0/schedule/cron: expected minute, hour, day of month, month and day of week, such as "0 3 * * *", got "0 24 * * *": Invalid value for hour: 24',
  ],
  [
    'a day that never comes',
    scheduled('{ cron: "0 0 31 2 *" }'),
    ':9: jobs/0/schedule/cron: "0 0 31 2 *" names no day that ever comes',
  ],
  [
    'a time zone that is none',
    scheduled('{ cron: "0 3 * * *", time_zone: Europe/Berln }'),
    ':9: jobs/0/schedule/time_zone: expected a time zone such as Europe/Berlin, got "Europe/Berln"',
  ],
  [
    'an offset for a time zone',
    scheduled('{ cron: "0 3 * * *", time_zone: "+01:00" }'),
    ':9: jobs/0/schedule/time_zone: expected a time zone such as Europe/Berlin, got "+01:00"',
  ],
  [
    'a schedule of a job of another kind',
    job('schedule: { cron: "0 3 * * *" }'),
    ':8: jobs/0/schedule: only for kind SCHEDULED',
  ],
  [
    'a timeout without its unit',
    job('timeout: "30"'),
    ':8: jobs/0/timeout: expected a duration such as 1h30m, got "30"',
  ],
  [
    'a preflight age without its unit',
    service('cors: { max_age: "3600" }'),
    ':5: services/0/cors/max_age: expected a duration such as 1h30m, got "3600"',
  ],
  // Bounds.
  [
    'no instances',
    service('instance_count: 0'),
    ':5: services/0/instance_count: expected an integer from 1 to 250, got 0',
  ],
  [
    'a drain time that is too long',
    service('termination: { drain_seconds: 300 }'),
    ':5: services/0/termination/drain_seconds: expected an integer from 1 to 110, got 300',
  ],
  [
    'autoscaling on a shared size',
    service(
      'instance_size_slug: apps-s-1vcpu-1gb',
      'autoscaling: { min_instance_count: 1, max_instance_count: 2 }',
    ),
    ':5: services/0/instance_size_slug: autoscaling needs a dedicated size (apps-d-...)',
  ],
  [
    'a variable whose name begins with a digit',
    service('envs: [{ key: 2FA }]'),
    ':5: services/0/envs/0/key: expected letters, digits and "_", not starting with a digit, got "2FA"',
  ],
  [
    'a variable that is set twice, and not the same',
    service('envs: [{ key: A, value: b }, { key: A, value: c }]'),
    ':5: services/0/envs/1/key: "A" is set twice, and not the same, first by services/0/envs/0',
  ],
  [
    'nothing to run',
    'name: shop',
    ':1: expected at least one component, under services, static_sites, workers, jobs, functions, databases',
  ],
  // Files.
  [
    'a tab',
    'name: shop\nservices:\n\t- name: web',
    ':3: not valid YAML: a tab before the text. Indent with spaces',
  ],
  [
    'a key that is set twice',
    app('name: other'),
    ':5: not valid YAML: "name" is set twice. Delete one of them',
  ],
  ['a variable that is not quoted', service('envs: [{ key: A, value: ${A} }]'), ':5: not valid YAML'],
  [
    'a merge that tools read differently',
    app('envs:', '  - &a { key: A, value: x }', '  - { key: B, <<: *a }'),
    ':7: "key" is set here and by the "<<" below it, and tools disagree on which counts. Move the "<<" above it',
  ],
];

it.each(wrong)('refuses %s', (_, text, ...expected) => {
  expect(complaints(text)).toEqual(expected.map((line) => expect.stringContaining(line)));
});

it('names the line of the anchor for what a merge brought in', () => {
  const text = service(
    'health_check: &probe',
    '  failure_threshold: 99',
    'liveness_health_check: { <<: *probe }',
  );
  expect(complaints(text)).toEqual([
    ':6: services/0/health_check/failure_threshold: expected an integer from 1 to 50, got 99',
    ':6: services/0/liveness_health_check/failure_threshold: expected an integer from 1 to 50, got 99',
  ]);
});

it('answers in time about a hundred thousand unknown fields, and one that is very long', () => {
  const fields = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`env${index}`, 1]));
  const start = process.cpuUsage();
  expect(checkAppSpec({ ...fields, ['x'.repeat(1_000_000)]: 1 }).ok).toBe(false);
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(3);
});
