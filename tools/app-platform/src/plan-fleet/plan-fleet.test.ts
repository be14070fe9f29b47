import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleDigest, FleetTest, requestOf, specOf } from '../deploy/fleet.test.helper.js';
import type { Fault } from '../deploy/scripted-platform.test.helper.js';
import type { DeployRequest } from '../deploy/skill-run.js';
import { appSpec } from '../spec/arbitrary-spec.test.helper.js';
import { type AppSpec, type Env, isEncrypted, mapSecrets, secretsOf } from '../spec/index.js';
import type { Recorded } from './drift.js';
import { planFirst, planFleet } from './plan-fleet.js';
import { type SkillPlan, skillPlanSchema } from './skill-plan.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start();
});
afterEach(() => test.close());

async function planAll(
  requests: DeployRequest[],
  recorded: (skill: string) => Recorded | undefined = () => undefined,
): Promise<SkillPlan[]> {
  const apps = await test.client.listApps();
  const plans = await planFleet(requests, { client: test.client, apps, recorded });
  return plans.map((plan) => skillPlanSchema.parse(plan));
}

async function planOne(request: DeployRequest, recorded?: Recorded): Promise<SkillPlan> {
  const [plan] = await planAll([request], () => recorded);
  if (!plan) throw new Error('no plan');
  return plan;
}

/** The records that a deploy from here leaves. */
async function deployed(request: DeployRequest): Promise<Recorded> {
  const { deploymentId } = await test.deployOne(request);
  return { deployments: new Set([deploymentId ?? '']), live: deploymentId, rollbacks: new Map() };
}

/** Answers requests for a price. */
function prices(priceOf: (spec: AppSpec) => number | Fault): void {
  test.platform.fault = (request) => {
    if (request !== 'POST /v2/apps/propose') return undefined;
    const { spec } = test.platform.bodies.at(-1)?.body as { spec: AppSpec };
    const price = priceOf(spec);
    return typeof price === 'number' ? { status: 200, body: { app_cost: price } } : price;
  };
}

const big = (name: string, count = 2): AppSpec => ({
  ...specOf(name),
  services: (specOf(name).services ?? []).map((one) => ({ ...one, instance_count: count })),
});
const perInstance = (spec: AppSpec): number => 5 * (spec.services?.[0]?.instance_count ?? 1);

describe('a plan is what deploy does', () => {
  const tweak = fc.constantFrom('same', 'secret', 'variable', 'default', 'by hand', 'under way', 'failed');

  function tweaked(spec: AppSpec, what: string): AppSpec {
    if (what === 'secret') return mapSecrets(spec, ({ value }) => `${value}-new`);
    if (what === 'variable') return { ...spec, envs: [{ key: 'ADDED_TO_ALL', value: 'now' }] };
    if (what !== 'default') return spec;
    return { ...spec, services: spec.services?.map((one) => ({ http_port: 8080, ...one })) };
  }

  it('says none or follow exactly where deploy writes nothing, and else what deploy says', async () => {
    await fc.assert(
      fc.asyncProperty(appSpec, tweak, tweak, async (spec, first, second) => {
        const name = `app-${test.platform.apps.size}`;
        const named: AppSpec = { ...spec, name };
        const app = await test.platform.seed({ name, services: [{ name: 'web' }] });
        await test.deploy([requestOf(name, { spec: tweaked(named, first) })]);
        if (first === 'by hand') test.platform.deploy(app, { ...app.spec, disable_edge_cache: true });
        if (first === 'failed') test.platform.scripts.set(name, [['ERROR']]);
        if (first === 'failed') await test.deploy([requestOf(name, { spec: { name, services: [] } })]);
        if (first === 'under way') test.platform.deploy(app, app.spec);
        const request = requestOf(name, { spec: tweaked(named, second) });
        const before = test.platform.writes.length;
        const plan = await planOne(request);
        expect(test.platform.writes.slice(before).every((one) => one.endsWith('/propose'))).toBe(true);
        const written = test.platform.writes.length;
        const result = await test.deployOne(request);
        const isIdle = test.platform.writes.length === written;
        expect(plan.action === 'none' || plan.action === 'follow').toBe(isIdle);
        // A deployment that the plan saw in progress may be live when the deploy starts: each read of the list advances it.
        expect(plan.action === 'follow' ? ['follow', 'none'] : [plan.action]).toContain(result.action);
        const planned = test.events.findLast((event) => event.skill === name && event.type === 'planned');
        if (plan.action === 'update') expect(planned).toMatchObject({ changes: plan.changes });
        expect(JSON.stringify(plan)).not.toMatch(/plain-|EV\[/);
      }),
      { numRuns: process.env['NIGHTLY'] ? 25 : 3 },
    );
  });

  it('asks once for the apps, and writes nothing', async () => {
    await test.deploy([requestOf('a'), requestOf('b')]);
    const seen = test.platform.requests.length;
    const plans = await planAll([requestOf('a'), requestOf('b', { spec: specOf('b', '2') }), requestOf('c')]);
    expect(plans.map(({ skill, action }) => [skill, action])).toEqual([
      ['a', 'none'],
      ['b', 'update'],
      ['c', 'create'],
    ]);
    expect(plans[1]?.changes).toEqual([{ path: 'services/web/envs/VERSION/value', before: '1', after: '2' }]);
    const [first, ...others] = test.platform.requests.slice(seen);
    expect(first).toBe('GET /v2/apps?page=1&per_page=200');
    const asked = others.filter((request) => !/^GET .*\/deployments\?/.test(request));
    expect(new Set(asked)).toEqual(new Set(['POST /v2/apps/propose']));
  });

  it('follows what is under way, and says what an update would overtake', async () => {
    test.platform.scripts.set('a', [[], ['BUILDING', 'BUILDING', 'BUILDING', 'ACTIVE']]);
    const app = await test.platform.seed(specOf('a'));
    const { id } = test.platform.deploy(app, specOf('a', '2'));
    expect(await planOne(requestOf('a', { spec: specOf('a', '2') }))).toMatchObject({
      action: 'follow',
      deploymentId: id,
    });
    expect(await planOne(requestOf('a', { spec: specOf('a', '3') }))).toMatchObject({
      action: 'update',
      overtakes: { deploymentId: id, cause: 'app spec updated' },
    });
  });

  it('says that a pinned app would refuse an update', async () => {
    await test.deploy([requestOf('a')]);
    test.platform.app('a').pinned = 'the-rollback';
    const request = requestOf('a', { spec: specOf('a', '2') });
    expect(await planOne(request)).toMatchObject({ action: 'update', pinned: 'the-rollback' });
    expect(await test.deployOne(request)).toMatchObject({ outcome: 'failed', cause: { code: 'AppPinned' } });
  });

  it('has none for the second of two skills with the same app, as deploy refuses it', async () => {
    const [, second] = await planAll([requestOf('a'), { ...requestOf('a'), skill: 'b' }]);
    expect(second).toMatchObject({
      action: 'failed',
      problem: expect.stringContaining('already deploys the app "a" for "a"') as string,
    });
    expect(planFirst([requestOf('a'), { ...requestOf('a'), skill: 'b' }])[1]?.problem).toBe(second?.problem);
  });

  it('throws when the apps cannot be listed', async () => {
    test.platform.fault = () => ({ status: 401, body: { id: 'unauthorized', message: 'who are you' } });
    await expect(planOne(requestOf('a'))).rejects.toThrow('GET /v2/apps: 401 unauthorized');
  });

  it('ends when it is interrupted', async () => {
    test.platform.fault = () => ({ hang: true });
    const stop = new AbortController();
    const planning = planFleet([requestOf('a')], {
      client: test.client,
      apps: [],
      recorded: () => undefined,
      signal: stop.signal,
    });
    stop.abort(new Error('enough'));
    await expect(planning).rejects.toThrow('enough');
  });
});

describe('what it costs', () => {
  it('is asked of the platform: now, and after', async () => {
    await test.deploy([requestOf('same'), requestOf('grows')]);
    prices(perInstance);
    const plans = await planAll([
      requestOf('same'),
      requestOf('grows', { spec: big('grows') }),
      requestOf('new', { spec: big('new', 3) }),
    ]);
    expect(plans.map(({ cost }) => cost)).toEqual([
      { now: 5, after: 5 },
      { now: 5, after: 10 },
      { now: 0, after: 15 },
    ]);
  });

  it('is not known if the platform does not report it; the reason is shown', async () => {
    await test.deploy([requestOf('a')]);
    prices((spec) => (spec.services?.[0]?.instance_count === 2 ? { status: 400, body: refusal } : 5));
    const { cost, action } = await planOne(requestOf('a', { spec: big('a') }));
    expect(action).toBe('update');
    expect(cost).toEqual({ now: 5, unknown: expect.stringContaining('no such image') as string });
  });
  const refusal = { id: 'bad_request', message: 'no such image' };

  it('is that of now where only the version or variables change: the platform need not know the new image', async () => {
    await test.deploy([requestOf('a', { spec: specOf('a', '1', 'one') })]);
    prices((spec) => (JSON.stringify(spec).includes(exampleDigest) ? 5 : { status: 400, body: refusal }));
    const other = JSON.parse(
      JSON.stringify(specOf('a', '2', 'two')).replaceAll(exampleDigest, exampleDigest.replaceAll('a', 'b')),
    ) as AppSpec;
    const { cost, changes } = await planOne(requestOf('a', { spec: other }));
    expect(changes.map(({ path }) => path)).toEqual([
      'secrets',
      'services/web/envs/VERSION/value',
      'services/web/image/digest',
    ]);
    expect(cost).toEqual({ now: 5, after: 5 });
  });

  it('is free for a static app that the platform names no price for', async () => {
    prices(() => ({ status: 200, body: { app_is_static: true } }));
    expect((await planOne(requestOf('a'))).cost).toEqual({ now: 0, after: 0 });
    prices(() => ({ status: 200, body: {} }));
    expect((await planOne(requestOf('a'))).cost).toMatchObject({
      now: 0,
      unknown: expect.any(String) as string,
    });
  });

  it('is not known while nothing is live', async () => {
    test.platform.scripts.set('a', [['ERROR']]);
    await test.platform.seed(specOf('a'));
    prices(perInstance);
    expect((await planOne(requestOf('a'))).cost).toEqual({ after: 5, unknown: 'no version is live' });
  });

  it('is asked without a secret', async () => {
    await planOne(requestOf('a', { spec: specOf('a', '1', 'very-secret') }));
    const asked = test.platform.bodies.filter(({ request }) => request.endsWith('/propose'));
    expect(asked).toHaveLength(1);
    expect(JSON.stringify(asked)).not.toContain('very-secret');
  });
});

describe('a variable that becomes a secret, or is none any more', () => {
  const withEnv = (env: Env): AppSpec => ({ name: 'a', services: [{ name: 'web', envs: [env] }] });
  const general = (value: string): AppSpec => withEnv({ key: 'KEY', value });
  const secret = (value: string): AppSpec => withEnv({ key: 'KEY', value, type: 'SECRET' });

  it.each([
    ['becomes one', general('open-sesame'), secret('open-sesame')],
    ['becomes one, with another value', general('open-sesame'), secret('other')],
    ['is none any more', secret('open-sesame'), general('open-sesame')],
    ['is none any more, with another value', secret('other'), general('open-sesame')],
  ])('%s: shows neither value', async (_, before, after) => {
    await test.deployOne(requestOf('a', { spec: before }));
    const { action, changes } = await planOne(requestOf('a', { spec: after }));
    expect(action).toBe('update');
    expect(changes.map(({ path }) => path)).toContain('services/web/envs/KEY/type');
    expect(JSON.stringify(changes)).not.toContain('sesame');
  });
});

describe('drift', () => {
  it('is none after a deploy from here, and not known without a record of one', async () => {
    const ours = await deployed(requestOf('a'));
    expect((await planOne(requestOf('a'), ours)).drift).toEqual({ state: 'none', changes: [] });
    expect((await planOne(requestOf('a'))).drift).toEqual({ state: 'unknown', changes: [] });
  });

  it('is a deployment that somebody else has made: what, since when, why', async () => {
    const ours = await deployed(requestOf('a', { spec: big('a', 1) }));
    const theirs = await test.platform.app('a');
    const { id } = test.platform.deploy(theirs, big('a'), { cause: 'scaled by hand' });
    await test.client.listApps();
    await test.client.listApps();
    await test.client.listApps();
    const { action, drift } = await planOne(requestOf('a', { spec: big('a') }), ours);
    expect(action).toBe('none');
    expect(drift).toEqual({
      state: 'deployment',
      changes: [{ path: 'services/web/instance_count', before: '1', after: '2' }],
      deploymentId: id,
      cause: 'scaled by hand',
      since: theirs.lastCreatedAt,
    });
  });

  it('shows a secret that was changed by hand as that, and no value', async () => {
    const ours = await deployed(requestOf('a', { spec: specOf('a', '1', 'plain-one') }));
    const app = test.platform.app('a');
    test.platform.deploy(
      app,
      mapSecrets(app.spec, () => 'plain-two'),
    );
    for (let look = 0; look < 3; look += 1) await test.client.listApps();
    const { action, drift } = await planOne(requestOf('a', { spec: specOf('a', '1', 'plain-one') }), ours);
    // A deploy recognizes its secrets by the fingerprint, which is unchanged.
    expect(action).toBe('none');
    expect(drift.changes).toEqual([
      { path: 'services/web/envs/TOKEN/value', before: '(secret)', after: '(secret)' },
    ]);
    expect(secretsOf(app.spec).every(({ value }) => isEncrypted(value))).toBe(true);
  });

  it('is a spec that somebody else has changed and that did not go live', async () => {
    const ours = await deployed(requestOf('a'));
    test.platform.scripts.set('a', [['ERROR']]);
    test.platform.deploy(test.platform.app('a'), specOf('a', 'theirs'));
    await test.client.listApps();
    const { action, drift } = await planOne(requestOf('a'), ours);
    expect(action).toBe('none');
    expect(drift).toMatchObject({
      state: 'spec',
      changes: [{ path: 'services/web/envs/VERSION/value', before: '1', after: 'theirs' }],
    });
  });

  it('is not what a deploy from here has written that failed', async () => {
    const ours = await deployed(requestOf('a'));
    test.platform.scripts.set('a', [['ERROR']]);
    const { deploymentId = '' } = await test.deployOne(requestOf('a', { spec: specOf('a', '2') }));
    const deployments = new Set([...ours.deployments, deploymentId]);
    const { action, drift } = await planOne(requestOf('a', { spec: specOf('a', '2') }), {
      ...ours,
      deployments,
    });
    expect(action).toBe('update');
    expect(drift.state).toBe('none');
  });

  it('is not a rollback from here, which is said', async () => {
    const first = await deployed(requestOf('a'));
    const second = await deployed(requestOf('a', { spec: specOf('a', '2') }));
    const app = test.platform.app('a');
    const { id } = test.platform.deploy(app, specOf('a'));
    for (let look = 0; look < 3; look += 1) await test.client.listApps();
    const plan = await planOne(requestOf('a', { spec: specOf('a', '2') }), {
      deployments: new Set([...first.deployments, ...second.deployments, id]),
      live: id,
      rollbacks: new Map([[id, first.live ?? '']]),
    });
    expect(plan).toMatchObject({
      action: 'update',
      drift: { state: 'none' },
      rolledBack: { deploymentId: id, to: first.live },
    });
  });

  it('is an app that is gone', async () => {
    const ours = await deployed(requestOf('a'));
    await test.client.deleteApp(test.platform.app('a').id);
    expect(await planOne(requestOf('a'), ours)).toMatchObject({
      action: 'create',
      drift: { state: 'deleted' },
    });
  });

  it('is reported without fields if the platform no longer has the deployed spec', async () => {
    const ours = await deployed(requestOf('a'));
    const app = test.platform.app('a');
    test.platform.deploy(app, specOf('a', '2'));
    for (let look = 0; look < 3; look += 1) await test.client.listApps();
    app.deployments.splice(1);
    expect((await planOne(requestOf('a'), ours)).drift).toMatchObject({ state: 'deployment', changes: [] });
  });
});
