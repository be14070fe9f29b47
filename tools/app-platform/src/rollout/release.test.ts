import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hastyClock } from '../clocks.test.helper.js';
import { exampleDigest, FleetTest, requestOf } from '../deploy/fleet.test.helper.js';
import type { DeployRequest } from '../deploy/skill-run.js';
import type { AppSpec, Deployment } from '../spec/index.js';
import { markOf, withMark } from '../versions/mark.js';
import { abortRollouts } from './abort-fleet.js';
import { canaryOf, rolloutIn } from './specs.js';

const digests = [exampleDigest, `sha256:${'b'.repeat(64)}`, `sha256:${'c'.repeat(64)}`];
const routerDigest = `sha256:${'d'.repeat(64)}`;

let test: FleetTest;
/** What the routers answer, beside the id of their rollout. */
let routers: { phase: string; [field: string]: unknown };

beforeEach(async () => {
  test = await FleetTest.start(hastyClock(50));
  routers = { phase: 'done' };
  test.platform.health = (_, { spec }, path) => {
    const canary = rolloutIn(spec);
    if (!path.startsWith('/.well-known/') || !canary) return { status: 200 };
    const counts = { requests: 10, failures: 0, p95: 12 };
    const verdict = { answer: 'good' };
    const variants = { live: counts, canary: counts };
    return { status: 200, body: { rollout: canary.rollout, weight: 10, verdict, variants, ...routers } };
  };
});

afterEach(() => test.close());

function specOf(version: number, secret?: string): AppSpec {
  const image = { registry_type: 'DOCR', repository: 'app', digest: digests[version] } as const;
  const token = { key: 'TOKEN', type: 'SECRET' as const, value: secret };
  const envs = [{ key: 'COLOUR', value: 'blue' }, ...(secret === undefined ? [] : [token])];
  return {
    name: 'app',
    services: [{ name: 'web', image, http_port: 8080, envs }],
    ingress: { rules: [{ match: { path: { prefix: '/' } }, component: { name: 'web' } }] },
  };
}

function versionOf(version: number, more: Partial<DeployRequest> = {}): DeployRequest {
  return requestOf('app', {
    spec: specOf(version),
    digest: digests[version] ?? '',
    timeoutMs: 100_000,
    rollout: {
      service: 'web',
      plan: { steps: [{ weight: 10, for: '5m' }] },
      router: { registry_type: 'DOCR', repository: 'app', digest: routerDigest },
      secretOf: (rollout) => `the secret of ${rollout}`,
    },
    ...more,
  });
}

const deploy = (version: number, more: Partial<DeployRequest> = {}) =>
  test.deployOne(versionOf(version, more), { verifyTimeoutMs: 50_000 });

/** Newest first. */
const deployments = (): Deployment[] => test.platform.app('app').deployments;

const bare = (one: Deployment | undefined) => one?.spec && withMark(one.spec, undefined);

/** The version that serves all users; and that of the canary, if there is one. */
function live(): (number | undefined)[] {
  const services = deployments().find(({ phase }) => phase === 'ACTIVE')?.spec?.services ?? [];
  return ['web', canaryOf('web')].map((name) => {
    const found = services.find((one) => one.name === name);
    return found && digests.indexOf(found.image?.digest ?? '');
  });
}

it('deploys the first version of an app, and a change without a new artefact, to all at once', async () => {
  expect(await deploy(0)).toMatchObject({ outcome: 'deployed', action: 'create' });
  const spec = specOf(0);
  spec.services?.[0]?.envs?.push({ key: 'LEVEL', value: 'debug' });
  expect(await deploy(0, { spec })).toMatchObject({ outcome: 'deployed', action: 'update' });
  expect(test.platform.writes).toHaveLength(2);
  expect(live()).toEqual([0, undefined]);
});

it('promotes with two writes, to the spec that a plain deploy writes', async () => {
  await deploy(0);
  expect(await deploy(1)).toMatchObject({ outcome: 'deployed', action: 'update' });
  expect(test.platform.writes).toHaveLength(3);
  expect(live()).toEqual([1, undefined]);
  const [promoted] = deployments();
  await deploy(0, { rollout: undefined });
  await deploy(1, { rollout: undefined });
  expect(bare(deployments()[0])).toEqual(bare(promoted));
  expect(markOf(promoted?.spec)).toMatchObject({ artefact: digests[1], skill: 'app' });
});

it('says during the rollout that what was live before still is', async () => {
  await deploy(0);
  routers = { phase: 'held', held: { because: 'a person asked for it' } };
  const result = await deploy(1);
  expect(result).toMatchObject({ outcome: 'held', cause: { code: 'RolloutHeld' } });
  expect(result.cause?.message).toContain('a person asked for it');
  expect(live()).toEqual([0, 1]);
  expect(markOf(deployments()[0]?.spec)).toMatchObject({
    artefact: digests[0],
    canary: { artefact: digests[1], service: 'web' },
  });
});

describe('a canary that the routers have put out', () => {
  beforeEach(async () => {
    await deploy(0);
    routers = {
      phase: 'out',
      weight: 0,
      out: { at: '', because: '3 of 40 requests failed, 0 of 400 before' },
    };
  });

  it('leaves with one write, which makes the app what it was', async () => {
    const before = bare(deployments()[0]);
    const result = await deploy(1);
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: { code: 'RolloutAborted' } });
    expect(result.cause?.message).toContain('3 of 40 requests failed');
    expect(test.platform.writes).toHaveLength(3);
    expect(bare(deployments()[0])).toEqual(before);
    expect(live()).toEqual([0, undefined]);
    expect(markOf(deployments()[0]?.spec)).toMatchObject({ artefact: digests[0] });
  });

  it('ends an experiment as it was planned: nothing has failed, and it is not repeated', async () => {
    routers = {
      ...routers,
      out: { at: '', because: 'The experiment has ended: live is better.', isPlanned: true },
    };
    const before = bare(deployments()[0]);
    expect(await deploy(1)).toMatchObject({
      outcome: 'unchanged',
      note: 'The experiment has ended: live is better. What was live before serves all users.',
    });
    expect(test.platform.writes).toHaveLength(3);
    expect(bare(deployments()[0])).toEqual(before);
    expect(await deploy(1)).toMatchObject({ outcome: 'held' });
  });

  it('is held until --retry; the next version goes out by itself', async () => {
    await deploy(1);
    expect(await deploy(1)).toMatchObject({ outcome: 'held', cause: { code: 'Held' } });
    expect(test.platform.writes).toHaveLength(3);
    routers = { phase: 'done' };
    expect(await deploy(2)).toMatchObject({ outcome: 'deployed' });
    expect(live()).toEqual([2, undefined]);
    expect(await deploy(1)).toMatchObject({ outcome: 'held', cause: { code: 'Held' } });
    expect(await deploy(1, { retry: true })).toMatchObject({ outcome: 'deployed' });
    expect(await deploy(2, { retry: true })).toMatchObject({ outcome: 'deployed' });
  });
});

describe('a rollout that nobody follows any more', () => {
  beforeEach(async () => {
    await deploy(0);
    routers = { phase: 'held', held: { because: 'a person asked for it' } };
    await deploy(1);
    test.platform.requests.length = 0;
  });

  it('is taken up by the next deploy of its version, without a write but the last', async () => {
    routers = { phase: 'done' };
    expect(await deploy(1)).toMatchObject({ outcome: 'deployed', action: 'update' });
    expect(test.platform.writes).toHaveLength(1);
    expect(live()).toEqual([1, undefined]);
  });

  it('is replaced by a newer version, which starts again; nothing of the first one stays', async () => {
    routers = { phase: 'done' };
    expect(await deploy(2)).toMatchObject({ outcome: 'deployed' });
    expect(test.platform.writes).toHaveLength(2);
    const [, second, first] = deployments().map(({ spec }) => rolloutIn(spec));
    expect(second?.rollout).not.toBe(first?.rollout);
    expect(live()).toEqual([2, undefined]);
  });

  it('is taken up with the same secrets, and starts again with others', async () => {
    await deploy(1, { spec: specOf(1, 'hunter2-hunter2') });
    await deploy(1, { spec: specOf(1, 'hunter2-hunter2') });
    expect(test.platform.writes).toHaveLength(1);
    routers = { phase: 'done' };
    expect(await deploy(1, { spec: specOf(1, 'correct-horse') })).toMatchObject({ outcome: 'deployed' });
    expect(test.platform.writes).toHaveLength(3);
    expect(await deploy(1, { spec: specOf(1, 'correct-horse') })).toMatchObject({ outcome: 'unchanged' });
  });

  it('ends where a person promotes it, whatever its routers say', async () => {
    expect(await deploy(1, { promote: true })).toMatchObject({ outcome: 'deployed' });
    expect(live()).toEqual([1, undefined]);
    expect(await deploy(2, { promote: true })).toMatchObject({ cause: { code: 'NoRollout' } });
    expect(test.platform.writes).toHaveLength(1);
  });

  it('is not promoted from a checkout with another version', async () => {
    const result = await deploy(2, { promote: true });
    expect(result).toMatchObject({ outcome: 'failed', cause: { code: 'NoRollout' } });
    expect(test.platform.writes).toEqual([]);
  });

  it('ends where a person aborts it, without the artefact and without an answer of its routers', async () => {
    const health = test.platform.health;
    test.platform.health = (app, deployment, path) =>
      path.startsWith('/.well-known/') ? { status: 404 } : health(app, deployment, path);
    const { client, clock } = test;
    const request = { skill: 'app', healthPath: '/health', timeoutMs: 100_000, because: 'it is ugly' };
    const options = { client, clock, pollIntervalMs: 5, verifyTimeoutMs: 50_000 };
    const abort = () => abortRollouts([{ ...request, secretOf: () => 'unknown' }], options);
    const other = [{ ...request, secretOf: () => 'unknown', only: 'another rollout' }];
    expect(await abortRollouts(other, options)).toMatchObject([{ outcome: 'unchanged' }]);
    expect(live()).toEqual([0, 1]);
    expect(await abort()).toMatchObject([{ outcome: 'deployed', action: 'rollback' }]);
    expect(live()).toEqual([0, undefined]);
    expect(await abort()).toMatchObject([{ outcome: 'unchanged' }]);
    expect(test.platform.writes).toHaveLength(1);
  });

  it('names the deployment that goes on where its abort is interrupted', async () => {
    const { client, clock } = test;
    const interrupt = new AbortController();
    const request = { skill: 'app', healthPath: '/health', timeoutMs: 100_000, because: 'it is ugly' };
    const [result] = await abortRollouts([{ ...request, secretOf: () => 'unknown' }], {
      client,
      clock,
      pollIntervalMs: 5,
      signal: interrupt.signal,
      onEvent: ({ type }) => type === 'progress' && interrupt.abort(),
    });
    expect(result).toMatchObject({ outcome: 'interrupted' });
    expect(result?.cause?.message).toMatch(/^stopped: deployment \S+ is still \w+/);
  });
});

it('leaves what is live alone where the canary never gets healthy, and tries again', async () => {
  await deploy(0);
  test.platform.scripts.set('app', [['DEPLOYING', 'ERROR']]);
  expect(await deploy(1)).toMatchObject({ outcome: 'failed', cause: { code: 'DeployContainerExitNonZero' } });
  expect(live()).toEqual([0, undefined]);
  expect(await deploy(1)).toMatchObject({ outcome: 'deployed' });
  expect(live()).toEqual([1, undefined]);
});

it('goes back to the version before, not to the rollout, where the promoted version fails', async () => {
  await deploy(0);
  const health = test.platform.health;
  test.platform.health = (app, deployment, path) =>
    deployment.spec?.services?.[0]?.image?.digest === digests[1]
      ? { status: 500 }
      : health(app, deployment, path);
  const result = await deploy(1);
  expect(result).toMatchObject({ outcome: 'rolled-back', cause: { code: 'HealthCheckFailed' } });
  expect(live()).toEqual([0, undefined]);
});

it('says so when the routers do not answer, and leaves the rollout under way', async () => {
  await deploy(0);
  test.platform.health = (_app, _deployment, path) => ({
    status: path.startsWith('/.well-known/') ? 404 : 200,
  });
  const result = await deploy(1);
  expect(result).toMatchObject({ outcome: 'failed', cause: { code: 'RouterUnreachable' } });
  expect(live()).toEqual([0, 1]);
});

it('is one rollout where two deploy the same version at once', async () => {
  await deploy(0);
  const locks = new Map<string, Promise<void>>();
  const claim = async (skill: string) => {
    const before = locks.get(skill);
    let release = (): void => undefined;
    locks.set(skill, new Promise((resolve) => (release = resolve)));
    await before;
    return { release: async () => release() };
  };
  const results = await Promise.all(
    [1, 1].map((version) => test.deployOne(versionOf(version), { verifyTimeoutMs: 50_000, claim })),
  );
  expect(results.map(({ outcome }) => outcome)).toEqual(['deployed', 'deployed']);
  expect(test.platform.writes).toHaveLength(3);
  expect(live()).toEqual([1, undefined]);
});

it('runs the smoke test against the canary, by its header, and takes it out where it fails', async () => {
  await deploy(0);
  routers = { phase: 'going', step: { index: 0, of: 1, waitsFor: ['time'] } };
  const asked: unknown[] = [];
  const request = versionOf(1);
  const canaryHeader = (rollout: string) => ({ name: 'x-try', value: rollout });
  const rollout = request.rollout && { ...request.rollout, canaryHeader };
  const result = await test.deployOne(
    { ...request, rollout },
    {
      verifyTimeoutMs: 50_000,
      canaryTest: async (skill, { headers }) => {
        asked.push([skill, headers]);
        routers = { phase: 'out', out: { at: '', because: 'Aborted: the smoke test failed' } };
        return ['documentation: no /docs'];
      },
    },
  );
  const canary = rolloutIn(deployments()[1]?.spec);
  expect(asked).toEqual([['app', { 'x-try': canary?.rollout }]]);
  expect(result).toMatchObject({ outcome: 'rolled-back', cause: { code: 'RolloutAborted' } });
});

it('is no failure where a step waits for an approval and that is expected', async () => {
  await deploy(0);
  routers = { phase: 'going', step: { index: 1, of: 3, waitsFor: ['approval'] } };
  expect(await deploy(1)).toMatchObject({ outcome: 'held', cause: { code: 'RolloutWaits' } });
  const waiting = await deploy(1, { leaveWaiting: true });
  expect(waiting).toMatchObject({ outcome: 'waiting' });
  expect(waiting.note).toContain('step 2 needs an approval');
  expect(waiting.cause).toBeUndefined();
  routers = { phase: 'held', held: { because: 'nobody approved it' } };
  expect(await deploy(1, { leaveWaiting: true })).toMatchObject({ outcome: 'held' });
  expect(live()).toEqual([0, 1]);
});

it('holds a version whose rollout someone has rolled back', async () => {
  await deploy(0);
  routers = { phase: 'held', held: { because: 'a person asked for it' } };
  await deploy(1);
  const [, first] = deployments();
  await test.client.rollback(test.platform.app('app').id, first?.id ?? '', { skipPin: true });
  for (let polls = 0; polls < 4; polls += 1) await test.client.listApps();
  expect(live()).toEqual([0, undefined]);
  routers = { phase: 'done' };
  expect(await deploy(1)).toMatchObject({ outcome: 'held', cause: { code: 'Held' } });
  expect(await deploy(2)).toMatchObject({ outcome: 'deployed' });
  expect(live()).toEqual([2, undefined]);
});
