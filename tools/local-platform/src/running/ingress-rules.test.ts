import { type AppSpec, checkAppSpec } from '@odoobo/app-platform/spec';
import { describe, expect, it } from 'vitest';
import { rulesOf } from './ingress-rules.js';

const image = { registry_type: 'DOCR' as const, repository: 'web', tag: 'latest' };

function spec(rest: Partial<AppSpec>): AppSpec {
  const check = checkAppSpec({ name: 'shop', services: [{ name: 'web', image }], ...rest });
  if (!check.ok) throw new Error(JSON.stringify(check.issues));
  return check.spec;
}

describe('the rules of a spec', () => {
  it('are those of its ingress, with their defaults', () => {
    const rules = rulesOf(
      spec({
        ingress: {
          rules: [
            { component: { name: 'web' } },
            {
              match: { path: { exact: '/old' }, authority: { exact: 'example.com' } },
              redirect: { uri: '/new' },
              cors: { allow_credentials: true },
            },
            {
              match: { path: { prefix: '/api' } },
              component: { name: 'web', preserve_path_prefix: 'true' },
            },
            { match: { path: { prefix: '/v' } }, component: { name: 'web', rewrite: '/v1/' } },
          ],
        },
      }),
    );
    expect(rules).toEqual([
      { path: { prefix: '' }, to: { component: 'web', preservePathPrefix: false } },
      {
        path: { exact: '/old' },
        authority: { exact: 'example.com' },
        to: { redirect: { uri: '/new', code: 302 } },
        cors: { allow_credentials: true },
      },
      { path: { prefix: '/api' }, to: { component: 'web', preservePathPrefix: true } },
      { path: { prefix: '/v' }, to: { component: 'web', preservePathPrefix: false, rewrite: '/v1/' } },
    ]);
  });

  it('are otherwise the routes and cors of its components', () => {
    const cors = { allow_origins: [{ exact: 'https://example.com' }] };
    const rules = rulesOf(
      spec({
        services: [
          { name: 'web', image, routes: [{ path: '/a', preserve_path_prefix: true }, { path: '/b' }], cors },
        ],
        static_sites: [{ name: 'docs', git: { repo_clone_url: 'x' }, routes: [{ path: '/' }] }],
      }),
    );
    expect(rules).toEqual([
      { path: { prefix: '/a' }, to: { component: 'web', preservePathPrefix: true }, cors },
      { path: { prefix: '/b' }, to: { component: 'web', preservePathPrefix: false }, cors },
      { path: { prefix: '/' }, to: { component: 'docs', preservePathPrefix: false } },
    ]);
  });

  it('put a component without a route at "/", and others at their names', () => {
    const services = ['web', 'api'].map((name) => ({ name, image }));
    const paths = (app: AppSpec) => rulesOf(app).map(({ path }) => path);
    expect(paths(spec({}))).toEqual([{ prefix: '/' }]);
    expect(paths(spec({ services }))).toEqual([{ prefix: '/' }, { prefix: '/api' }]);
    const rooted = [...services, { name: 'site', image, routes: [{ path: '/' }] }];
    expect(paths(spec({ services: rooted }))).toEqual([
      { prefix: '/web' },
      { prefix: '/api' },
      { prefix: '/' },
    ]);
  });

  it.each([
    [
      { allow_origins: [{ regex: '(?=a)' }] },
      'ingress/rules/0/cors: allow_origins: expected a pattern of RE2, got "(?=a)"',
    ],
  ])('name the invalid policy: %j', (cors, message) => {
    const ingress = { rules: [{ component: { name: 'web' }, cors }] };
    expect(() => rulesOf(spec({ ingress }))).toThrow(message);
  });
});
