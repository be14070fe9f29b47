import { checkAgainst, parseAppSpec } from '@odoobo/app-platform/spec';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { rolloutForAll } from '../rollout/rollout-for-all.js';
import { rolloutSchema } from './rollout.js';
import { rolloutIssues } from './rollout-issues.js';

function issuesOf(rollout: object): string[] {
  const check = checkAgainst(rolloutSchema, rollout);
  return check.ok ? [] : check.issues.map(({ path, message }) => `${path}: ${message}`);
}

it('takes a whole rollout', () => {
  const verdict = { falseAborts: 0.01, maxFailures: 0.02, p95: { worseBy: '20%' }, onTooLittle: 'hold' };
  const steps = [
    { shadow: 20, for: '5m' },
    { weight: 0.5, requests: 200 },
    { approve: true },
    { weight: 100 },
  ];
  expect(issuesOf({ steps, verdict, stickyBy: { header: 'X-User' } })).toEqual([]);
});

it('takes an experiment, which must say how long it lasts at most', () => {
  const experiment = { better: 'higher' };
  expect(issuesOf({ steps: [{ weight: 50, for: '72h' }], experiment })).toEqual([]);
  expect(issuesOf({ steps: [{ weight: 50, for: '1h' }], experiment: { better: 'most' } })).toEqual([
    expect.stringMatching(/^experiment\/better: /),
  ]);
  expect(issuesOf({ steps: [{ weight: 50, requests: 9 }], experiment })).toEqual([
    'steps/0/for: expected how long the experiment lasts at most, such as "72h"',
  ]);
});

it('is the same for all skills by an option of the plugin, which says what is wrong with it', () => {
  const pluginsWith = (rollout?: object) => ['other', { plugin: '@odoobo/nx-skills', options: { rollout } }];
  expect(rolloutForAll(pluginsWith({ steps: [{ weight: 1 }] }))).toEqual({ steps: [{ weight: 1 }] });
  expect(rolloutForAll(pluginsWith())).toBeUndefined();
  expect(rolloutForAll(['@odoobo/nx-skills'])).toBeUndefined();
  expect(() => rolloutForAll(pluginsWith({ steps: [] }))).toThrow(
    'nx.json: plugins/1/options/rollout/steps: expected a step',
  );
});

it.each([
  [[], 'steps: expected a step'],
  [[{ weight: 10 }, { weight: 5 }], 'steps/1/weight: goes down from 10 to 5'],
  [[{ weight: 101 }], 'steps/0/weight: '],
  [[{ weight: 1.23 }], 'steps/0/weight: expected a percentage to a tenth'],
  [[{ requests: 10 }], 'steps/0/requests: the new version gets none at weight 0'],
  [[{ for: '5 minutes' }], 'steps/0/for: expected a duration such as 30s'],
])('refuses the steps %j', (steps, problem) => {
  expect(issuesOf({ steps }).join('\n')).toContain(problem);
});

const image = '{ registry_type: DOCR, repository: shop }';

it.each([
  [`services: [{ name: shop, image: ${image} }]`, ''],
  [`services: [{ name: shop, image: ${image}, internal_ports: [9000] }]`, 'services: a rollout splits HTTP'],
  [
    `services: [{ name: shop, image: ${image} }, { name: till, image: ${image} }]\ningress: { rules: [{ match: { path: { prefix: / } }, component: { name: shop } }] }`,
    'services: a rollout splits the requests of one service, and "shop" and "till" take some',
  ],
  [
    'services: [{ name: shop, github: { repo: a/b, branch: main } }]',
    'nx g @odoobo/nx-skills:adopt shop --image=ghcr.io/<owner>/shop. Or remove "rollout" from the manifest',
  ],
  [`services: [{ name: shop, image: ${image}, protocol: HTTP2 }]`, 'services/0/protocol: '],
  [`services: [{ name: a-very-long-name-of-a-service, image: ${image} }]`, 'services/0/name: with a rollout'],
  [
    `services: [{ name: shop, image: ${image} }]\ningress: { rules: [{ match: { path: { prefix: /a } }, component: { name: shop, preserve_path_prefix: true } }] }`,
    'ingress/rules: a rollout needs a rule',
  ],
  [
    `services: [{ name: shop, image: ${image} }]\nworkers: [{ name: shop-canary, image: ${image} }]`,
    'workers/0/name: a rollout adds a component of this name',
  ],
])('says why a service cannot be rolled out: %s', (yaml, problem) => {
  const spec = parseAppSpec(`name: shop\n${yaml}\n`, 'app-spec.yaml');
  const issues = rolloutIssues(spec, { id: 'shop', runtime: 'node' });
  const said = issues.map(({ path, message }) => `${path}: ${message}`).join('\n');
  if (problem === '') expect(said).toBe('');
  else expect(said).toContain(problem);
});

it('says without Nx what to write, and of Python, which has no image, to do without', async () => {
  const spec = parseAppSpec(
    'name: shop\nservices: [{ name: shop, github: { repo: a/b, branch: main } }]\n',
    'app-spec.yaml',
  );
  const [python] = rolloutIssues(spec, { id: 'shop', runtime: 'python' });
  expect(python?.message).toMatch(/a Python service has none[^]*Remove "rollout" from the manifest$/);
  // In a process that ends with it: this one would stay so for other tests.
  const compiled = new URL('../../dist/', import.meta.url);
  const script = `
    import { runsWithoutNx } from '${new URL('terminal/nx-stdout.js', compiled)}';
    import { rolloutIssues } from '${new URL('manifest/rollout-issues.js', compiled)}';
    runsWithoutNx();
    console.log(rolloutIssues(${JSON.stringify(spec)}, { id: 'shop', runtime: 'node' })[0].message);`;
  const { stdout: plain } = await execa('node', ['--input-type=module', '-e', script]);
  expect(plain).toContain('image: { registry_type: GHCR, registry: <owner>, repository: shop }. Or remove');
  expect(plain).not.toContain('nx');
});
