import { checkAppSpec, type App, type AppSpec } from '@odoobo/app-platform';
import { git } from '@odoobo/git-flow';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { isPreview, markKey, previewName, previewOf, previewSpec } from './preview.js';

const preview = { pullRequest: 7, mark: 'acme/shop#7' };
const appNames = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;
const skills = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/);

it('names a preview after its skill and its pull request', () => {
  expect(previewName('pr-review', 7)).toBe('pr-review-pr-7');
  expect(previewName('a-skill-of-twenty-four-12', 123)).toBe('a-skill-of-twenty-four-12-pr-123');
  expect(previewName('a-skill-with-a-long-long-name-xy', 1234)).toMatch(
    /^a-skill-with-a-lo-[0-9a-f]{6}-pr-1234$/,
  );
});

it('gives any two skills and pull requests names of their own that App Platform takes', () => {
  const numbers = fc.integer({ min: 1, max: 9_999_999 });
  fc.assert(
    fc.property(skills, skills, numbers, numbers, (one, other, n, m) => {
      expect(previewName(one, n)).toMatch(appNames);
      if (one !== other || n !== m) expect(previewName(one, n)).not.toBe(previewName(other, m));
    }),
  );
});

const written: AppSpec = {
  name: 'shop',
  region: 'fra',
  domains: [{ domain: 'shop.example.com', type: 'PRIMARY' }],
  alerts: [{ rule: 'DEPLOYMENT_FAILED' }],
  egress: { type: 'DEDICATED_IP' },
  envs: [{ key: 'REGION', value: 'eu' }],
  services: [
    {
      name: 'shop',
      image: { registry_type: 'DOCR', repository: 'shop', tag: '1' },
      instance_size_slug: 'apps-d-1vcpu-1gb',
      autoscaling: { min_instance_count: 2, max_instance_count: 9, metrics: { cpu: { percent: 80 } } },
      alerts: [{ rule: 'CPU_UTILIZATION', operator: 'GREATER_THAN', value: 80, window: 'FIVE_MINUTES' }],
    },
  ],
  ingress: {
    rules: [
      { match: { authority: { exact: 'www.example.com' } }, redirect: { authority: 'shop.example.com' } },
      {
        match: { path: { prefix: '/' }, authority: { exact: 'shop.example.com' } },
        component: { name: 'shop' },
        cors: { allow_origins: [{ exact: 'https://example.com' }] },
      },
    ],
  },
};

it('leaves out of a preview what belongs to production alone, and keeps what the skill is', () => {
  const before = structuredClone(written);
  const spec = previewSpec(written, 'shop', preview);
  expect(spec).toEqual({
    name: 'shop-pr-7',
    region: 'fra',
    envs: [
      { key: 'REGION', value: 'eu' },
      { key: markKey, value: 'acme/shop#7', scope: 'RUN_TIME', type: 'GENERAL' },
    ],
    services: [
      {
        name: 'shop',
        image: { registry_type: 'DOCR', repository: 'shop', tag: '1' },
        instance_size_slug: 'apps-d-1vcpu-1gb',
        instance_count: 1,
      },
    ],
    ingress: {
      rules: [
        {
          match: { path: { prefix: '/' } },
          component: { name: 'shop' },
          cors: { allow_origins: [{ exact: 'https://example.com' }] },
        },
      ],
    },
  });
  expect(checkAppSpec(spec)).toMatchObject({ ok: true });
  expect(written).toEqual(before);
});

it.each([
  ['its own', {}, true],
  ['one of pull request 17', { pullRequest: 17, mark: 'acme/shop#17' }, false],
  ['one of another repository', { mark: 'acme/till#7' }, false],
])('takes %s for a preview: %j', (_what, other, expected) => {
  const spec = previewSpec(written, 'shop', { ...preview, ...other });
  expect(isPreview({ id: '1', spec } as App, preview)).toBe(expected);
});

it.each([
  ['named so, without the mark', { ...written, name: 'shop-pr-7' }],
  ['marked so, with another name', { ...previewSpec(written, 'shop', preview), name: 'shop' }],
])('takes no app for a preview that is only %s', (_what, spec) => {
  expect(isPreview({ id: '1', spec } as App, preview)).toBe(false);
});

it('knows the repository from GitHub, else from the remote, else none', async () => {
  const cwd = await tempDirectory();
  expect((await previewOf(7, cwd, {})).mark).toBe('#7');
  await git(['init', '-q'], { cwd });
  for (const url of ['git@github.com:acme/shop.git', 'https://github.com/acme/shop', '/srv/acme/shop.git/']) {
    await git(['remote', 'remove', 'origin'], { cwd });
    await git(['remote', 'add', 'origin', url], { cwd });
    expect((await previewOf(7, cwd, {})).mark, url).toBe('acme/shop#7');
  }
  expect((await previewOf(7, cwd, { GITHUB_REPOSITORY: 'acme/fork' })).mark).toBe('acme/fork#7');
});
