import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeployEvent, deployEventSchema, type DeployResult } from '../deploy/events.js';
import { FleetTest, requestOf, specOf } from '../deploy/fleet.test.helper.js';
import { rollBackFleet } from '../rollback/roll-back-fleet.js';
import type { AppSpec } from '../spec/index.js';
import type { WantedComponent } from '../versions/rescale.js';
import { restartFleet, type RestartRequest } from './restart-fleet.js';
import { scaleFleet } from './scale-fleet.js';

let test: FleetTest;
let events: DeployEvent[];
beforeEach(async () => {
  test = await FleetTest.start();
  events = [];
});
afterEach(() => test.close());

const common = { skill: 'app', healthPath: '/health', timeoutMs: 10_000 };
const deps = () => ({
  client: test.client,
  pollIntervalMs: 5,
  verifyTimeoutMs: 150,
  onEvent: (event: DeployEvent) => void events.push(deployEventSchema.parse(event)),
});

const restart = async (more: Partial<RestartRequest> = {}) =>
  only(await restartFleet([{ ...common, ...more }], deps()));
const scale = async (...sizes: WantedComponent[]) => only(await scaleFleet([{ ...common, sizes }], deps()));

function only([result]: DeployResult[]): DeployResult {
  if (!result) throw new Error('no result');
  return result;
}

const web = () => test.platform.app('app').spec.services?.[0];
const isRestart = (request: string) => request.endsWith('/restart');
const isUpdate = (request: string) => request.startsWith('PUT');

function loseOneReply(of: (request: string) => boolean, drop: 'before' | 'after'): void {
  let lost = false;
  test.platform.fault = (request) => {
    if (!of(request) || lost) return undefined;
    lost = true;
    return { drop };
  };
}

function withCount(instance_count: number, value = '1'): AppSpec {
  const spec = specOf('app', value);
  return { ...spec, services: spec.services?.map((service) => ({ ...service, instance_count })) ?? [] };
}

describe('a restart', () => {
  it('is one write without a build, followed until it is live and healthy', async () => {
    const before = (await test.platform.seed(specOf('app'))).deployments[0];
    const result = await restart();
    expect(result).toMatchObject({
      outcome: 'deployed',
      action: 'restart',
      previousDeploymentId: before?.id,
      deploymentId: test.platform.app('app').deployments[0]?.id,
    });
    expect(test.platform.writes).toHaveLength(1);
    expect(events.map(({ type }) => type).filter((type) => type !== 'progress')).toEqual([
      'planned',
      'written',
      'active',
      'verifying',
      'verified',
      'finished',
    ]);
  });

  it('of some components names them', async () => {
    await test.platform.seed(specOf('app'));
    await restart({ components: ['web'] });
    expect(test.platform.bodies.find(({ request }) => isRestart(request))?.body).toEqual({
      components: ['web'],
    });
  });

  it.each(['before', 'after'] as const)(
    'is one deployment when its reply is lost %s it took effect',
    async (drop) => {
      const app = await test.platform.seed(specOf('app'));
      loseOneReply(isRestart, drop);
      expect((await restart()).outcome).toBe('deployed');
      expect(app.deployments).toHaveLength(2);
    },
  );

  it('that does not get healthy fails, and names what is live', async () => {
    await test.platform.seed(specOf('app'));
    test.platform.health = () => ({ status: 500 });
    expect(await restart()).toMatchObject({
      outcome: 'failed',
      cause: {
        code: 'HealthCheckFailed',
        message: expect.stringContaining('is live but not healthy') as string,
      },
    });
  });
});

describe.each([
  ['restart', () => restart()],
  ['scale', () => scale({ instances: 3 })],
])('nothing is written to %s', (to, run) => {
  it('an app that is not there', async () => {
    expect((await run()).cause?.message).toBe(
      `there is no app "app", so there is nothing to ${to}: deploy it first`,
    );
  });

  it('an app that someone else has created', async () => {
    await test.platform.seedForeign(specOf('app'));
    expect((await run()).cause?.code).toBe('NotOurs');
  });

  it('an app that a rollback has pinned', async () => {
    const app = await test.platform.seed(specOf('app'));
    app.pinned = app.deployments[0]?.id ?? '';
    expect(await run()).toMatchObject({ pinned: true, cause: { code: 'AppPinned' } });
  });

  afterEach(() => expect(test.platform.writes).toEqual([]));
});

it.each([
  ['restart', () => restart()],
  ['scale', () => scale({ instances: 3 })],
])('%s waits for a deployment in progress, and changes what is live then', async (_, run) => {
  const app = await test.platform.seed(specOf('app'));
  const script = Array.from({ length: 8 }, () => 'BUILDING' as const);
  const coming = test.platform.deploy(app, specOf('app', '2'), { script: [...script, 'ACTIVE'] } as object);
  expect(await run()).toMatchObject({ outcome: 'deployed', previousDeploymentId: coming.id });
  expect(app.spec.services?.[0]?.envs?.[0]?.value).toBe('2');
  expect(test.platform.writes).toHaveLength(1);
  expect(events).toContainEqual(expect.objectContaining({ type: 'waiting', reason: 'deployer' }));
});

describe('scale', () => {
  it('changes the number of instances with one write, and nothing if they are as many', async () => {
    await test.platform.seed(specOf('app'));
    expect(await scale({ instances: 3 })).toMatchObject({
      outcome: 'deployed',
      action: 'scale',
      note: 'web: 3 x apps-s-1vcpu-0.5gb instead of 1 x apps-s-1vcpu-0.5gb',
    });
    expect(web()?.instance_count).toBe(3);
    expect(await scale({ instances: 3 })).toMatchObject({
      outcome: 'unchanged',
      note: 'web already has 3 x apps-s-1vcpu-0.5gb',
    });
    expect(test.platform.writes).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)(
    'is one deployment when its reply is lost %s it took effect',
    async (drop) => {
      const app = await test.platform.seed(specOf('app'));
      loseOneReply(isUpdate, drop);
      expect((await scale({ instances: 2 })).outcome).toBe('deployed');
      expect(app.deployments).toHaveLength(2);
    },
  );

  it('gives autoscaling the numbers that are named, and keeps what it goes by', async () => {
    const spec = specOf('app');
    const autoscaling = { min_instance_count: 1, max_instance_count: 2, metrics: { cpu: { percent: 60 } } };
    const size = { instance_size_slug: 'apps-d-1vcpu-1gb' as const, autoscaling };
    await test.platform.seed({ ...spec, services: spec.services?.map((one) => ({ ...one, ...size })) ?? [] });
    await scale({ max: 5 });
    expect(web()).toMatchObject({ autoscaling: { ...autoscaling, max_instance_count: 5 } });
    await scale({ instances: 2 });
    expect(web()).toMatchObject({ instance_count: 2 });
    expect(web()).not.toHaveProperty('autoscaling');
  });

  it('changes several components with one write', async () => {
    const spec = specOf('app');
    const [service] = spec.services ?? [];
    const workers = service ? [{ name: 'jobs', image: service.image }] : [];
    await test.platform.seed({ ...spec, workers } as AppSpec);
    await scale({ component: 'web', instances: 2 }, { component: 'jobs', instances: 3 });
    expect(web()?.instance_count).toBe(2);
    expect(test.platform.app('app').spec.workers?.[0]?.instance_count).toBe(3);
    expect(test.platform.writes).toHaveLength(1);
  });

  it.each([
    ['api', 'app has no service or worker "api", but web'],
    [undefined, 'app has several components: web, jobs. Name one: --component'],
  ])('of component %s says which there are', async (component, message) => {
    const spec = specOf('app');
    const [service] = spec.services ?? [];
    const workers = component === undefined && service ? [{ name: 'jobs', image: service.image }] : undefined;
    await test.platform.seed({ ...spec, ...(workers && { workers }) } as AppSpec);
    expect((await scale({ instances: 2, component })).cause).toMatchObject({ code: 'InvalidSize', message });
    expect(test.platform.writes).toEqual([]);
  });
});

describe('after a scale', () => {
  const deploy = (spec: AppSpec) => test.deployOne(requestOf('app', { spec }));
  const keeps = () => test.events.findLast(({ type }) => type === 'planned');

  beforeEach(async () => {
    await deploy(withCount(1));
    await scale({ instances: 3 });
  });

  it('a deploy of the same writes nothing, and one of a new version keeps the size and says so', async () => {
    expect((await deploy(withCount(1))).outcome).toBe('unchanged');
    expect((await deploy(withCount(1, '2'))).action).toBe('update');
    expect(web()?.instance_count).toBe(3);
    expect(keeps()).toMatchObject({
      keeps: ['3 x apps-s-1vcpu-0.5gb of web, set by scale (App Spec: 1 x apps-s-1vcpu-0.5gb)'],
    });
    expect((await deploy(withCount(1, '3'))).action).toBe('update');
    expect(web()?.instance_count).toBe(3);
  });

  it('an App Spec that says another size wins', async () => {
    await deploy(withCount(2));
    expect(web()?.instance_count).toBe(2);
    await deploy(withCount(1));
    expect(web()?.instance_count).toBe(1);
  });

  it('--prune takes the size of the App Spec', async () => {
    await test.deployOne(requestOf('app', { spec: withCount(1), prune: true }));
    expect(web()?.instance_count).toBe(1);
  });

  it('a rollback goes to the version before, not to the size before', async () => {
    const roll = () => rollBackFleet([common], deps());
    expect(only(await roll()).cause?.code).toBe('NothingEarlier');
    await deploy(withCount(1, '2'));
    await scale({ instances: 2 });
    const result = only(await roll());
    expect(result.outcome).toBe('deployed');
    expect(web()?.envs?.find(({ key }) => key === 'VERSION')?.value).toBe('1');
  });

  it('scaled back, it is as if it had never been', async () => {
    await scale({ instances: 1 });
    await deploy(withCount(1, '2'));
    expect(keeps()).not.toHaveProperty('keeps');
  });

  it('an archived app is offline without a build, and is as before when it is no longer archived', async () => {
    const archive = async (archived: boolean, ...sizes: WantedComponent[]) =>
      only(await scaleFleet([{ ...common, sizes, archive: archived }], deps()));
    const writes = test.platform.writes.length;
    expect(await archive(true)).toMatchObject({ outcome: 'deployed', note: 'archived: nothing of it runs' });
    expect(await archive(true)).toMatchObject({ outcome: 'unchanged', note: 'it is already archived' });
    expect(test.platform.app('app').spec.maintenance).toEqual({ archive: true });
    expect(test.platform.writes).toHaveLength(writes + 1);
    expect((await restart()).cause?.message).toContain('app is archived, so nothing of it runs');
    // Archived, it is no other version to go back to.
    expect(only(await rollBackFleet([common], deps())).cause?.code).toBe('NothingEarlier');
    const woken = await archive(false, { instances: 2 });
    expect(woken.note).toBe(
      'no longer archived\nweb: 2 x apps-s-1vcpu-0.5gb instead of 3 x apps-s-1vcpu-0.5gb',
    );
    expect(test.platform.app('app').spec.maintenance).toBeUndefined();
  });

  it('a deploy of an archived app brings it back', async () => {
    await scaleFleet([{ ...common, sizes: [], archive: true }], deps());
    expect((await deploy(withCount(1))).action).toBe('update');
    expect(test.platform.app('app').spec.maintenance).toBeUndefined();
    expect(web()?.instance_count).toBe(3);
  });
});
