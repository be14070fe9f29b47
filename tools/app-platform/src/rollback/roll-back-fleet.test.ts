import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeployEvent, deployEventSchema, type DeployResult } from '../deploy/events.js';
import type { DeployDeps } from '../deploy/fleet.js';
import { FleetTest, specOf } from '../deploy/fleet.test.helper.js';
import { rollBackFleet } from './roll-back-fleet.js';
import type { RollbackRequest } from './rollback-run.js';

let test: FleetTest;
let events: DeployEvent[];

beforeEach(async () => {
  test = await FleetTest.start();
  events = [];
});
afterEach(() => test.close());

async function rollBack(
  more: Partial<RollbackRequest> = {},
  deps: Partial<DeployDeps> = {},
): Promise<DeployResult> {
  const request = { skill: 'app', healthPath: '/health', timeoutMs: 10_000, ...more };
  const [result] = await rollBackFleet([request], {
    client: test.client,
    pollIntervalMs: 5,
    verifyTimeoutMs: 150,
    onEvent: (event) => void events.push(deployEventSchema.parse(event)),
    ...deps,
  });
  if (!result) throw new Error('no result');
  return result;
}

/** An app whose live version is 2, after version 1. */
async function twoVersions() {
  const app = await test.platform.seed(specOf('app', '1'));
  const first = app.deployments[0]?.id ?? '';
  test.platform.deploy(app, specOf('app', '2'), { phase: 'ACTIVE', script: [] });
  const before = app.deployments[1];
  if (before) before.phase = 'SUPERSEDED';
  return { app, first, second: app.deployments[0]?.id ?? '' };
}

const rollbacks = () => test.platform.writes.filter((write) => write.endsWith('/rollback'));
const sent = () => test.platform.bodies.findLast(({ request }) => request.endsWith('/rollback'))?.body;

describe('a rollback', () => {
  it('goes to what was live before: validate, one write that leaves nothing to commit, follow, verify', async () => {
    const { app, first, second } = await twoVersions();
    const result = await rollBack();
    expect(result).toMatchObject({ outcome: 'deployed', action: 'rollback', previousDeploymentId: second });
    expect(app.deployments[0]).toMatchObject({
      id: result.deploymentId,
      phase: 'ACTIVE',
      cloned_from: first,
    });
    expect(sent()).toEqual({ deployment_id: first, skip_pin: true });
    expect(test.platform.writes).toHaveLength(1);
    const types = events.map(({ type }) => type).filter((type) => type !== 'progress');
    expect(types).toEqual([
      'planned',
      'written',
      'active',
      'verifying',
      'verified',
      'rolled-back',
      'finished',
    ]);
  });

  it.each(['before', 'after'] as const)(
    'is one deployment when its reply is lost %s it took effect',
    async (drop) => {
      const { app } = await twoVersions();
      let lost = false;
      test.platform.fault = (request) => {
        if (!request.endsWith('/rollback') || lost) return undefined;
        lost = true;
        return { drop };
      };
      expect((await rollBack()).outcome).toBe('deployed');
      expect(app.deployments).toHaveLength(3);
      expect(rollbacks()).toHaveLength(drop === 'before' ? 2 : 1);
    },
  );

  it('reports the code and the reason of a refusal by the platform, and writes nothing', async () => {
    const { second } = await twoVersions();
    const { outcome, cause } = await rollBack({ to: second });
    expect([outcome, cause?.code]).toEqual(['failed', 'incompatible_phase']);
    expect(cause?.message).toContain('the deployment was never live');
    expect(test.platform.writes).toEqual([]);
  });

  it('fails when what it has brought back is not healthy, and says which deployment that is', async () => {
    await twoVersions();
    test.platform.health = () => ({ status: 500 });
    const result = await rollBack();
    expect(result).toMatchObject({ outcome: 'failed', cause: { code: 'HealthCheckFailed' } });
    expect(result.cause?.message).toMatch(new RegExp(`deployment ${result.deploymentId} is live`));
  });

  it('leaves what is live alone when the rollback itself fails', async () => {
    const { second } = await twoVersions();
    test.platform.scripts.set('app', [['BUILDING', 'ERROR']]);
    const { outcome, cause } = await rollBack();
    expect(outcome).toBe('failed');
    expect(cause?.message).toContain(`Deployment ${second} keeps serving.`);
  });

  it('shows no secret that a service prints', async () => {
    await twoVersions();
    test.platform.scripts.set('app', [['BUILDING', 'ERROR']]);
    const redact = (text: string) => text.replaceAll('line', '[secret]');
    const { cause } = await rollBack({}, { redact });
    expect(cause?.logTail.join()).toContain('[secret]');
    expect(JSON.stringify(events)).not.toContain(' line');
  });
});

describe('another deployer', () => {
  it('that went live between look and write stops it: it would go back to the wrong version', async () => {
    const { app } = await twoVersions();
    const claim = () => {
      const three = test.platform.deploy(app, specOf('app', '3'), { phase: 'ACTIVE', script: [] });
      for (const one of app.deployments) if (one !== three) one.phase = 'SUPERSEDED';
      return Promise.resolve({ release: () => Promise.resolve() });
    };
    const { cause } = await rollBack({}, { claim });
    expect(cause).toMatchObject({ code: 'ChangedMeanwhile' });
    expect(test.platform.writes).toEqual([]);
  });

  it('that has rolled back meanwhile is followed', async () => {
    const { app, first } = await twoVersions();
    const claim = () => {
      test.platform.deploy(app, specOf('app', '1'), { cloned_from: first });
      return Promise.resolve({ release: () => Promise.resolve() });
    };
    const result = await rollBack({}, { claim });
    expect(result).toMatchObject({ outcome: 'deployed', deploymentId: app.deployments[0]?.id });
    expect(test.platform.writes).toEqual([]);
  });

  it('whose deployment is under way is overtaken only when the target is named', async () => {
    const { app, first } = await twoVersions();
    test.platform.scripts.set('app', [Array.from({ length: 50 }, () => 'BUILDING' as const)]);
    const { id } = test.platform.deploy(app, specOf('app', '3'));
    expect((await rollBack()).cause?.message).toContain(`deployment ${id} is`);
    expect(test.platform.writes).toEqual([]);
    expect((await rollBack({ to: first })).outcome).toBe('deployed');
  });
});

describe('the end of a pinned rollback', () => {
  it.each(['commit', 'revert'] as const)('is refused where nothing is pinned: %s', async (end) => {
    await twoVersions();
    const { cause } = await rollBack({ end });
    expect(cause?.message).toBe(`the app is not pinned, so there is no rollback to ${end}`);
    expect(test.platform.writes).toEqual([]);
  });
});

describe('an app that was never live', () => {
  async function neverLive() {
    const app = await test.platform.seed(specOf('app', '1'));
    for (const one of app.deployments) one.phase = 'ERROR';
    return app;
  }

  it('is deleted only when that is wanted', async () => {
    await neverLive();
    expect((await rollBack()).cause).toMatchObject({ code: 'NeverLive' });
    expect(test.platform.apps.size).toBe(1);
    expect(await rollBack({ deleteIfFirst: true })).toMatchObject({ outcome: 'deployed', action: 'delete' });
    expect(test.platform.apps.size).toBe(0);
  });

  it('is not deleted while it is being deployed, by anybody', async () => {
    const app = await neverLive();
    const deploy = () => test.platform.deploy(app, specOf('app', '2'));
    const claim = () => {
      deploy();
      return Promise.resolve({ release: () => Promise.resolve() });
    };
    expect((await rollBack({ deleteIfFirst: true }, { claim })).cause?.code).toBe('ChangedMeanwhile');
    expect(test.platform.apps.size).toBe(1);
  });
});

it('fails with a sentence where there is no app; with onlyFailed it is left alone', async () => {
  expect((await rollBack()).cause?.message).toContain('there is no app "app"');
  expect((await rollBack({ onlyFailed: true })).outcome).toBe('unchanged');
});

it('says where things stand when it is interrupted', async () => {
  const { app } = await twoVersions();
  test.platform.scripts.set('app', [Array.from({ length: 500 }, () => 'BUILDING' as const)]);
  const stop = new AbortController();
  const result = await rollBack(
    {},
    {
      signal: stop.signal,
      onEvent: (event) => void (event.type === 'written' && stop.abort(new Error('interrupted'))),
    },
  );
  expect(result.outcome).toBe('interrupted');
  expect(result.cause?.message).toMatch(
    new RegExp(`deployment ${app.deployments[0]?.id} .* a health check shows how it ended`),
  );
});

it('has changed nothing when it is interrupted before the write', async () => {
  await twoVersions();
  const stop = new AbortController();
  const result = await rollBack(
    {},
    {
      signal: stop.signal,
      onEvent: (event) => void (event.type === 'planned' && stop.abort(new Error('interrupted'))),
    },
  );
  expect(result.cause?.message).toBe('stopped: nothing was deployed');
  expect(test.platform.writes).toEqual([]);
});
