import { describe, expect, it } from 'vitest';
import { app, complaints, scheduled, service, source } from './written.test.helper.js';

describe('a spec that looks wrong and is right', () => {
  it.each([
    ['keys with nothing behind', service('envs:', 'health_check:', 'run_command:')],
    ['a merge', service('envs:', '  - &a { key: A, value: x, scope: RUN_TIME }', '  - { <<: *a, key: B }')],
    ['a list of merges', service('health_check: { <<: [{ http_path: /a }, { http_path: /b, port: 8080 }] }')],
    [
      'words for a boolean',
      'name: shop\nservices:\n  - name: web\n    github: { repo: a/b, branch: main, deploy_on_push: yes }',
    ],
    ['a number in another base', service('http_port: 0x1F90')],
    ['a point for a folder', service('source_dir: .')],
    [
      'a health check on any port',
      service('health_check: { port: 1234 }', 'liveness_health_check: { port: 9000 }'),
    ],
    [
      'a time, a date and a version',
      service('envs: [{ key: A, value: 12:30 }, { key: B, value: 2026-01-31 }, { key: C, value: 1.2.3 }]'),
    ],
    [
      'digits of a base that are too many for a number, such as the address of a contract',
      service(`envs: [{ key: A, value: 0xD6${'4f'.repeat(19)} }, { key: B, value: 0b1${'0'.repeat(64)} }]`),
    ],
    [
      'a variable that is there twice, the same',
      service('envs: [{ key: A, scope: RUN_TIME, type: SECRET }, { key: A, scope: RUN_TIME, type: SECRET }]'),
    ],
    ['a repository in groups', service().replace(source, 'gitlab: { repo: a/b/c, branch: main }')],
    ['what looks like an exponent', service('envs: [{ key: A, value: e3 }]')],
    [
      'a service that is internal and public',
      service('http_port: 8080', 'internal_ports: [9000]', 'routes: [{ path: / }]'),
    ],
    [
      'one path as prefix and exactly',
      app(
        'ingress:',
        '  rules:',
        '    - { match: { path: { prefix: /a } }, component: { name: web } }',
        '    - { match: { path: { exact: /a } }, component: { name: web } }',
      ),
    ],
    [
      'one path on two hosts',
      app(
        'ingress:',
        '  rules:',
        ...['a.test', 'b.test'].map(
          (host) => `    - { match: { authority: { exact: ${host} } }, component: { name: web } }`,
        ),
      ),
    ],
    ['a schedule by its nickname', scheduled('{ cron: "@daily", time_zone: America/New_York }')],
    ['a byte order mark', `\ufeff${service()}`],
    ['JSON', JSON.stringify({ name: 'shop', services: [{ name: 'web', git: { branch: 'main' } }] })],
  ])('is accepted: %s', (_, text) => {
    expect(complaints(text)).toEqual([]);
  });
});
