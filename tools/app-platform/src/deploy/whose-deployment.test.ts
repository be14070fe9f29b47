import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hastyClock } from '../clocks.test.helper.js';
import { rollBackFleet } from '../rollback/roll-back-fleet.js';
import type { AppSpec } from '../spec/index.js';
import { markOf } from '../versions/mark.js';
import { FleetTest, requestOf, specOf } from './fleet.test.helper.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start(hastyClock(10));
});

afterEach(() => test.close());

const deployOne = () => test.deployOne(requestOf('app', { timeoutMs: 100_000 }), { verifyTimeoutMs: 50_000 });

/** Another person deploys the live image with another variable, from a copy of the current spec. */
function strangerDeploys(): string {
  const app = test.platform.app('app');
  const [service, ...others] = app.spec.services ?? [];
  if (!service) throw new Error('no service');
  const envs = [...(service.envs ?? []), { key: 'STRANGE', value: 'yes' }];
  return test.platform.deployLive(app, { ...app.spec, services: [{ ...service, envs }, ...others] }).id;
}

/** Runs `what` once, before the answer to the first request of that method. */
function onFirst(method: string, what: () => void, drop: 'before' | 'after' = 'after'): void {
  let isDone = false;
  test.platform.fault = (request) => {
    if (isDone || !request.startsWith(method) || request.includes('validate')) return undefined;
    isDone = true;
    // After the write took effect, and while its deployer is paused.
    if (drop === 'after') setImmediate(what);
    else what();
    return { drop };
  };
}

describe('while a deployer stands still after its write has left, somebody else deploys', () => {
  it.each([
    ['PUT', true],
    ['POST', false],
  ])('%s: no second write, and what is live instead is named', async (method, isUpdate) => {
    if (isUpdate) await test.platform.seed(specOf('app', '0'));
    let other = '';
    onFirst(method, () => (other = strangerDeploys()));
    const result = await deployOne();
    expect(result).toMatchObject({
      outcome: 'superseded',
      cause: { code: 'Overtaken' },
      overtakenBy: { deploymentId: other },
    });
    expect(result.cause?.message).toContain(`deployment ${other} (app spec updated`);
    expect(test.platform.writes).toHaveLength(1);
  });

  it('and a write that took no effect is not sent again over it', async () => {
    await test.platform.seed(specOf('app', '0'));
    let other = '';
    onFirst('PUT', () => (other = strangerDeploys()), 'before');
    expect(await deployOne()).toMatchObject({
      outcome: 'superseded',
      cause: { code: 'Overtaken' },
      overtakenBy: { deploymentId: other },
    });
    expect(test.platform.writes).toHaveLength(1);
  });

  it('and an app that is gone by then is not made again', async () => {
    const { id } = await test.platform.seed(specOf('app', '0'));
    onFirst('PUT', () => test.platform.apps.delete(id));
    expect(await deployOne()).toMatchObject({ outcome: 'failed', cause: { code: 'AppGone' } });
    expect(test.platform.writes).toHaveLength(1);
  });
});

describe('when another version takes the place of ours before ours is verified', () => {
  it('the deploy is overtaken, though what answers is healthy', async () => {
    await test.platform.seed(specOf('app', '0'));
    let other: string | undefined;
    test.platform.health = () => {
      other ??= strangerDeploys();
      return { status: 200 };
    };
    const result = await deployOne();
    expect(result).toMatchObject({
      outcome: 'superseded',
      cause: { code: 'Overtaken' },
      overtakenBy: { deploymentId: other },
    });
    expect(test.platform.writes).toHaveLength(1);
  });

  it('what had been live unchanged is overtaken, too', async () => {
    await deployOne();
    let other: string | undefined;
    test.platform.health = () => {
      other ??= strangerDeploys();
      return { status: 200 };
    };
    expect(await deployOne()).toMatchObject({ outcome: 'superseded', overtakenBy: { deploymentId: other } });
  });

  it('the same version under another id is followed to its end', async () => {
    await test.platform.seed(specOf('app', '0'));
    let again: string | undefined;
    test.platform.health = () => {
      const app = test.platform.app('app');
      again ??= test.platform.deployLive(app, app.spec).id;
      return { status: 200 };
    };
    expect(await deployOne()).toMatchObject({ outcome: 'deployed', action: 'follow', deploymentId: again });
  });
});

describe('a rollback whose reply is lost', () => {
  const rollBack = async () => {
    const { client, clock } = test;
    const request = { skill: 'app', healthPath: '/health', timeoutMs: 100_000 };
    const [result] = await rollBackFleet([request], {
      client,
      clock,
      pollIntervalMs: 5,
      verifyTimeoutMs: 50_000,
    });
    return result;
  };

  beforeEach(async () => {
    await test.deployOne(requestOf('app', { spec: specOf('app', '1') }));
    await test.deployOne(requestOf('app', { spec: specOf('app', '2') }));
    test.platform.requests.length = 0;
  });

  it.each(['before', 'after'] as const)(
    'and that somebody else overtakes, is no success (lost %s)',
    async (drop) => {
      let other = '';
      onFirst('POST', () => (other = strangerDeploys()), drop);
      expect(await rollBack()).toMatchObject({
        outcome: 'superseded',
        cause: { code: 'Overtaken' },
        overtakenBy: { deploymentId: other },
      });
      expect(test.platform.writes).toHaveLength(1);
    },
  );

  it.each([
    ['before', 2],
    ['after', 1],
  ] as const)('%s it took effect, is made once', async (drop, writes) => {
    onFirst('POST', () => undefined, drop);
    expect(await rollBack()).toMatchObject({ outcome: 'deployed', action: 'rollback' });
    expect(test.platform.writes).toHaveLength(writes);
    expect(test.platform.app('app').deployments).toHaveLength(3);
  });
});

it('marks what it deploys with who has shipped it from where', async () => {
  const origin = { repository: 'root', commit: 'c0ffee', by: 'ann' };
  await test.deployOne(requestOf('app', { origin }));
  const [deployment] = test.platform.app('app').deployments;
  expect(markOf(deployment?.spec)).toMatchObject({
    ...origin,
    skill: 'app',
    artefact: requestOf('app').digest,
  });
});

it('sends the same mark again with a write that took no effect', async () => {
  onFirst('POST', () => undefined, 'before');
  expect(await deployOne()).toMatchObject({ outcome: 'deployed', action: 'create' });
  const sent = test.platform.bodies.filter(({ request }) => request.startsWith('POST'));
  const marks = sent.map(({ body }) => markOf((body as { spec: AppSpec }).spec)?.write);
  expect(marks).toEqual([expect.any(String), marks[0]]);
});
