import {
  type App,
  type AppPlatformClient,
  type AppSpec,
  checkAppSpec,
  type Mark,
  markKey,
} from '@odoobo/app-platform';
import { git } from '@odoobo/machine/git';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placedSpec } from '../placement/placed-spec.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { isPreview, previewName, previewOf, previewPlace } from './preview.js';

const preview = { pullRequest: 7, repository: 'a1' };
const appNames = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;
const skills = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/);

it('names a preview after its skill and its pull request', () => {
  expect(previewName('pr-review', 7)).toBe('pr-review-pr-7');
  expect(previewName('a-skill-of-twenty-four-12', 123)).toBe('a-skill-of-twenty-four-12-pr-123');
  expect(previewName('a-skill-with-a-long-long-name-xy', 1234)).toMatch(
    /^a-skill-with-a-lo-[0-9a-f]{6}-pr-1234$/,
  );
});

it('gives any two skills and pull requests different names that App Platform accepts', () => {
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

it('leaves out of a preview what belongs to production alone, and keeps the rest', () => {
  const before = structuredClone(written);
  const spec = placedSpec(written, previewPlace({ spec: written, file: 'app-spec.yaml' }, 'shop', preview));
  expect(spec).toEqual({
    name: 'shop-pr-7',
    region: 'fra',
    envs: [{ key: 'REGION', value: 'eu' }],
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

/** An account with one app, written with the given marks. */
function appOf(name: string, mark?: Partial<Mark>, earlier?: Partial<Mark>): [AppPlatformClient, App] {
  const specOf = (one?: Partial<Mark>): AppSpec => ({
    ...written,
    name,
    envs: one ? [{ key: markKey, value: JSON.stringify({ write: '1', artefact: 'a', ...one }) }] : [],
  });
  const listDeployments = () =>
    Promise.resolve([
      { id: '2', spec: specOf(mark) },
      { id: '1', spec: specOf(earlier) },
    ]);
  return [{ listDeployments } as unknown as AppPlatformClient, { id: '1', spec: specOf(mark) }];
}

const own = { skill: 'shop', repository: 'a1', preview: 7 };

it.each<[string, boolean, string, (Partial<Mark> | undefined)?, (Partial<Mark> | undefined)?]>([
  ['its own', true, 'shop-pr-7', own],
  ['its own, whose spec somebody has written by hand since', true, 'shop-pr-7', undefined, own],
  ['one of pull request 17', false, 'shop-pr-17', { ...own, preview: 17 }],
  ['one of another repository', false, 'shop-pr-7', { ...own, repository: 'b2' }],
  ['one that is only named so', false, 'shop-pr-7'],
  ['one that is only marked so', false, 'shop', own],
  ['the app of a skill that is called so', false, 'shop-pr-7', { skill: 'shop-pr-7', repository: 'a1' }],
  ['a copy under the name of another skill', false, 'till-pr-7', own],
])('decides whether %s is a preview: %j', async (_what, expected, name, mark, earlier) => {
  expect(await isPreview(...appOf(name, mark, earlier), preview)).toBe(expected);
});

it('knows the repository by its first commit, whatever it is called', async () => {
  const cwd = await tempDirectory();
  await expect(previewOf(7, cwd)).rejects.toThrow('Fetch the whole history: git fetch --unshallow');
  await git(['init', '-q'], { cwd });
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  for (const message of ['first', 'second'])
    await git([...identity, 'commit', '-q', '--allow-empty', '-m', message], { cwd });
  const { stdout: first } = await git(['rev-parse', 'HEAD~1'], { cwd });
  expect(await previewOf(7, cwd)).toEqual({ pullRequest: 7, repository: first });
});
