import { expect, it } from 'vitest';
import { checkAppSpec, parseAppSpec } from './index.js';
import { complaints, service } from './written.test.helper.js';

it('understands a deploy template, and names its lines and paths', () => {
  const template = `spec:\n${service('http_port: 0').replaceAll(/^/gm, '  ')}`;
  expect(complaints(template)).toEqual([
    ':6: spec/services/0/http_port: expected an integer from 1 to 65535, got 0',
  ]);
  expect(parseAppSpec(template.replace('http_port: 0', 'http_port: 80'), 'app.yaml').name).toBe('shop');
});

it('refuses what is beside the spec of a deploy template, with a hint', () => {
  const template = `spec:\n${service().replaceAll(/^/gm, '  ')}\nregion: nyc`;
  expect(complaints(template)).toEqual([
    ':6: region: unknown field: a deploy template has only "spec". Move it below that, or delete it',
  ]);
});

it('refuses a deploy template in a request, with one hint', () => {
  expect(checkAppSpec({ spec: { name: 'shop', services: [] } })).toEqual({
    ok: false,
    issues: [{ path: 'spec', message: 'this is a deploy template: pass only what is under "spec"' }],
  });
});
