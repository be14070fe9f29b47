import { type AppSpec, checkAppSpec, storedSpec } from '@odoobo/app-platform/spec';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requireReachable, type SiteOwner, staticIssues, withStaticSite } from './static-site.js';

const github = { repo: 'acme/shop', branch: 'main', deploy_on_push: false };
const build = { environment_slug: 'node-js', build_command: 'npm run build' };
const shop = { name: 'shop', github, ...build, run_command: 'node main.mjs' };
const written: AppSpec = { name: 'shop', services: [shop] };
const owner: SiteOwner = {
  id: 'shop',
  contract: 'skill',
  healthPath: '/health',
  static: 'public',
  buildTarget: undefined,
};
const http: SiteOwner = { ...owner, contract: 'http' };
const toShop = (prefix: string, more: object = {}) => ({
  match: { path: { prefix } },
  component: { name: 'shop', ...more },
});
const kept = (path: string) => toShop(path, { preserve_path_prefix: true });
const toSite = { match: { path: { prefix: '/' } }, component: { name: 'static' } };
const ruled = (...rules: object[]): AppSpec => ({ ...written, ingress: { rules } }) as AppSpec;
const from = { skillFolder: 'skills/shop' };

it('changes nothing without the folder', () => {
  expect(withStaticSite(written, { ...owner, static: undefined }, from)).toBe(written);
  expect(staticIssues(ruled(), { ...http, static: undefined })).toEqual([]);
});

it('puts the files of the branch at "/", and leaves the service the paths of a skill', () => {
  const spec = withStaticSite(written, owner, from);
  expect(spec.static_sites).toEqual([
    {
      name: 'static',
      github,
      source_dir: '/skills/shop/public',
      environment_slug: 'html',
      output_dir: '/',
    },
  ]);
  const paths = ['/health', '/invoke', '/docs', '/openapi.json', '/profile'];
  expect(spec.ingress?.rules).toEqual([...paths.map(kept), toSite]);
  expect(checkAppSpec(spec)).toMatchObject({ ok: true });
  expect(staticIssues(written, owner)).toEqual([]);
});

it('takes what a build makes from the build of the service', () => {
  const built = { ...owner, static: 'dist/web', buildTarget: 'build' };
  expect(withStaticSite(written, built, from).static_sites).toEqual([
    { name: 'static', github, source_dir: '/', ...build, output_dir: 'skills/shop/dist/web' },
  ]);
  const below: AppSpec = { ...written, services: [{ ...shop, source_dir: 'skills/shop' }] };
  expect(withStaticSite(below, built, from).static_sites?.[0]?.output_dir).toBe('dist/web');
});

it('takes the files of the artefact on the local platform', () => {
  expect(withStaticSite(written, owner, 'artefact').static_sites).toEqual([
    { name: 'static', image: { registry_type: 'DOCR', repository: 'shop' }, output_dir: 'public' },
  ]);
});

it('keeps the rules of the App Spec, and adds the health path only if none leads there', () => {
  const api = toShop('/api');
  const host = { match: { authority: { exact: 'api.example.com' } }, component: { name: 'shop' } };
  const rulesOf = (spec: AppSpec, one = http) => withStaticSite(spec, one, from).ingress?.rules;
  expect(rulesOf(ruled(api, host))).toEqual([kept('/health'), api, host, toSite]);
  expect(rulesOf(ruled(api), { ...http, healthPath: '/api/up' })).toEqual([api, toSite]);
  const cors = { allow_origins: [{ exact: 'https://example.com' }] };
  const [first] = rulesOf(ruled({ ...toShop('/'), cors }), owner) ?? [];
  expect(first).toEqual({ ...kept('/health'), cors });
});

it.each<[string, AppSpec, SiteOwner, string, RegExp]>([
  [
    'an image',
    { name: 'shop', services: [{ name: 'shop', image: { registry_type: 'GHCR', repository: 'a/b' } }] },
    owner,
    'services/0/image',
    /never from an image.*"assets"/,
  ],
  [
    'its name',
    { ...written, workers: [{ name: 'static', github }] },
    owner,
    'workers/0/name',
    /adds a component of this name/,
  ],
  [
    'its path, by a rule',
    ruled(toShop('/api'), toShop('/')),
    http,
    'ingress/rules/1',
    /at "\/", which leads to "shop"\. Name the paths.*\/api/,
  ],
  ['its path, without rules', written, http, 'ingress/rules', /which leads to "shop"/],
  [
    'its path, by a redirect',
    ruled({ match: { path: { prefix: '/' } }, redirect: { uri: '/docs' } }),
    owner,
    'ingress/rules/0',
    /is a redirect/,
  ],
  [
    'its path, by the health check',
    ruled(toShop('/api')),
    { ...http, healthPath: '/' },
    '',
    /also the healthPath/,
  ],
  [
    'no service',
    { name: 'shop', workers: [{ name: 'w', github }] },
    owner,
    'services',
    /needs a service beside it/,
  ],
])('is refused where the App Spec has %s', (_, spec, skill, path, message) => {
  expect(staticIssues(spec, skill)).toEqual([{ path, message: expect.stringMatching(message) as string }]);
});

it('is refused where nobody would get one of its files', () => {
  const spec = withStaticSite(written, owner, from);
  const reach = (file: string) => () => requireReachable(spec, 'public', ['public/index.html', file]);
  expect(reach('public/docs.html')).not.toThrow();
  expect(reach('public/docs/index.html')).toThrow(
    'skill.json: static: nobody would get public/docs/index.html: "/docs" leads to "shop". Rename the file, or the path.',
  );
});

it('makes a valid App Spec of every one that it accepts, with the pages at "/" and the health path where it was', () => {
  const prefix = fc.constantFrom('', '/', '/api', '/api/', '/docs', '/docs/more', '/health', '/health/deep');
  const path = fc.oneof(
    fc.record({ prefix }),
    fc.record({ exact: fc.constantFrom('/', '/docs', '/health') }),
  );
  const authority = fc.option(fc.constant({ exact: 'api.example.com' }), { nil: undefined });
  const target = fc.constantFrom<object>(
    { component: { name: 'shop' } },
    { component: { name: 'other' } },
    { redirect: { uri: '/elsewhere' } },
  );
  const rule = fc
    .tuple(path, authority, target)
    .map(([at, host, to]) => ({ match: { path: at, ...(host && { authority: host }) }, ...to }));
  const some = fc.record({
    rules: fc.array(rule, { maxLength: 5 }),
    contract: fc.constantFrom('skill', 'http'),
  });
  fc.assert(
    fc.property(some, ({ rules, contract }) => {
      const spec = {
        name: 'shop',
        services: [shop, { ...shop, name: 'other' }],
        ingress: { rules },
      } as AppSpec;
      const skill: SiteOwner = contract === 'http' ? http : owner;
      fc.pre(checkAppSpec(spec).ok && staticIssues(spec, skill).length === 0);
      const made = withStaticSite(spec, skill, from);
      expect(checkAppSpec(made)).toMatchObject({ ok: true });
      expect(targetOf(made, '/page.html')).toBe('static');
      const before = targetOf(spec, '/health');
      expect(targetOf(made, '/health')).toBe(before ?? 'shop');
    }),
  );
});

/** Where the longest matching rule for every host leads. */
function targetOf(spec: AppSpec, path: string): string | undefined {
  const rules = (storedSpec(spec).ingress?.rules ?? []).filter(({ match }) => !match?.authority);
  const exact = rules.find(({ match }) => match?.path?.exact === path);
  const [longest] = rules
    .map((rule) => ({
      rule,
      prefix: (rule.match?.path?.prefix ?? (rule.match?.path?.exact ? '-' : '')).replace(/\/$/, ''),
    }))
    .filter(({ prefix }) => `${path}/`.startsWith(`${prefix}/`))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const found = exact ?? longest?.rule;
  return found && (found.component?.name ?? 'redirect');
}
