import { expect, it } from 'vitest';
import { statusHint } from './errors.js';

const cloud = new URL('https://api.digitalocean.com/');

it.each([
  ['GET', '/v2/apps', 'app:read'],
  ['POST', '/v2/apps/propose', 'app:read'],
  ['POST', '/v2/apps', 'app:create'],
  ['PUT', '/v2/apps/1', 'app:update'],
  ['POST', '/v2/apps/1/deployments', 'app:update'],
  ['POST', '/v2/apps/1/rollback', 'app:update'],
  ['DELETE', '/v2/apps/1', 'app:delete'],
])('names the scope that %s %s lacks', (method, path, scope) => {
  expect(statusHint(cloud, 403, method, path)).toBe(` The token needs the scope ${scope}.`);
});

it('speaks of no scopes to who uses the local platform, which has none', () => {
  expect(statusHint(new URL('http://127.0.0.1:4100/'), 403, 'GET', '/v2/apps')).toBe('');
});
