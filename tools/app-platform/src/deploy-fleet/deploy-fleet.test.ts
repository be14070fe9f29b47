import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FleetTest, requestOf, specOf, until } from '../deploy/fleet.test.helper.js';
import type { SmokeTest } from '../deploy/skill-run.js';
import { withMark } from '../versions/mark.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start();
});

afterEach(() => test.close());

describe('converging', () => {
  it('creates what is missing, updates what differs, leaves the rest, in one run', async () => {
    await test.platform.seed(specOf('same'));
    await test.platform.seed(specOf('old', '0'));
    const results = await test.deploy([requestOf('new'), requestOf('old'), requestOf('same')]);
    expect(results.map(({ skill, action, outcome }) => [skill, action, outcome])).toEqual([
      ['new', 'create', 'deployed'],
      ['old', 'update', 'deployed'],
      ['same', 'none', 'unchanged'],
    ]);
    expect(test.platform.writes).toEqual(['POST /v2/apps', `PUT /v2/apps/${test.platform.app('old').id}`]);
    expect(results[0]?.url).toBe(test.platform.app('new').url);
    expect(test.eventsOf('same')).toEqual(['planned', 'verifying', 'verified', 'finished']);
    // How many of its steps a run sees depends on how often it reads the list.
    expect([...new Set(test.eventsOf('new'))]).toEqual([
      'planned',
      'written',
      'progress',
      'active',
      'verifying',
      'verified',
      'finished',
    ]);
  });

  it('says in words what an update changes', async () => {
    await test.platform.seed(specOf('app', '0'));
    await test.deploy([requestOf('app')]);
    expect(test.events.find(({ type }) => type === 'planned')).toMatchObject({
      changes: [{ path: 'services/web/envs/VERSION/value', before: '0', after: '1' }],
    });
  });

  it('reads the list at the start and at the end, and writes nothing when nothing differs', async () => {
    await test.deploy([requestOf('one'), requestOf('two')]);
    test.platform.requests.length = 0;
    const results = await test.deploy([requestOf('one'), requestOf('two')]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
    const { requests } = test.platform;
    expect(new Set(requests)).toEqual(new Set(['GET /v2/apps?page=1&per_page=200']));
    // One request for both at their end, or one each.
    expect([2, 3]).toContain(requests.length);
  });

  it('takes up a deployment of the same spec that is under way, without a write', async () => {
    await test.platform.seed(specOf('app', '0'));
    const other = test.platform.deploy(test.platform.app('app'), specOf('app', '1'));
    const result = await test.deployOne(requestOf('app'));
    expect(result).toMatchObject({ action: 'follow', outcome: 'deployed', deploymentId: other.id });
    expect(test.platform.writes).toEqual([]);
  });

  it('writes when what is live is wanted and something else is about to replace it', async () => {
    await test.platform.seed(specOf('app', '1'));
    test.platform.deploy(test.platform.app('app'), specOf('app', '2'));
    expect(await test.deployOne(requestOf('app'))).toMatchObject({ action: 'update', outcome: 'deployed' });
    expect(test.platform.app('app').spec.services?.[0]?.envs?.[0]?.value).toBe('1');
  });

  it('deploys again after a failure, although the app has the wanted spec already', async () => {
    await test.platform.seed(specOf('app', '0'));
    test.platform.scripts.set('app', [['BUILDING', 'ERROR']]);
    expect((await test.deployOne(requestOf('app'))).outcome).toBe('failed');
    expect((await test.deployOne(requestOf('app'))).outcome).toBe('deployed');
  });

  it('refuses to write to a pinned app, and says what to do', async () => {
    const app = await test.platform.seed(specOf('app', '0'));
    app.pinned = 'an-old-deployment';
    const result = await test.deployOne(requestOf('app'));
    expect(result.cause).toMatchObject({ code: 'AppPinned' });
    expect(result.cause?.message).toContain('commit or revert the rollback');
    expect(test.platform.writes).toEqual([]);
  });
});

describe('secrets', () => {
  const withSecret = (value: string, secret: string) =>
    requestOf('app', { spec: specOf('app', value, secret) });
  const sentToken = () => {
    const sent = test.platform.bodies.findLast(({ request }) => !request.startsWith('GET'))?.body;
    return (sent as { spec: ReturnType<typeof specOf> }).spec.services?.[0]?.envs?.find(
      ({ key }) => key === 'TOKEN',
    )?.value;
  };

  it('are not written again while they are the same', async () => {
    await test.deployOne(withSecret('1', 'hunter2-hunter2'));
    const result = await test.deployOne(withSecret('1', 'hunter2-hunter2'));
    expect(result.outcome).toBe('unchanged');
    expect(test.platform.writes).toEqual(['POST /v2/apps']);
  });

  it('go back as the platform shows them when only something else changes', async () => {
    await test.deployOne(withSecret('1', 'hunter2-hunter2'));
    const before = test.platform.app('app').spec;
    await test.deployOne(withSecret('2', 'hunter2-hunter2'));
    expect(sentToken()).toMatch(/^EV\[1:/);
    expect(withMark(test.platform.app('app').spec, undefined).envs).toEqual(withMark(before, undefined).envs);
  });

  it('leave a result as it is where one reads like a word of it', async () => {
    const result = await test.deployOne(withSecret('1', 'deployed'));
    expect(result).toMatchObject({ skill: 'app', outcome: 'deployed', action: 'create' });
  });

  it('are written in plaintext once when they change, as one change called secrets', async () => {
    await test.deployOne(withSecret('1', 'hunter2-hunter2'));
    test.events.length = 0;
    const result = await test.deployOne(withSecret('1', 'correct-horse'));
    expect(result).toMatchObject({ action: 'update', outcome: 'deployed' });
    expect(sentToken()).toBe('correct-horse');
    expect(test.events[0]).toMatchObject({
      changes: [{ path: 'secrets', before: 'as deployed', after: 'changed' }],
    });
  });

  it('appear in no event and no result, even where a service prints them', async () => {
    test.platform.scripts.set('app', [['BUILDING', 'ERROR']]);
    test.platform.fault = (request) =>
      request.includes('/log/') ? { status: 200, body: 'connecting with hunter2-hunter2' } : undefined;
    const result = await test.deployOne(withSecret('1', 'hunter2-hunter2'));
    expect(result.cause?.logTail).toEqual(['connecting with [secret]']);
    expect(JSON.stringify([result, test.events])).not.toContain('hunter2');
    expect(JSON.stringify([result, test.events])).not.toContain('dop_v1');
  });
});

describe('a deployment that fails', () => {
  it('reports step, reason, log and the version that keeps serving; the other skills continue', async () => {
    const live = (await test.platform.seed(specOf('bad', '0'))).deployments[0];
    test.platform.scripts.set('bad', [['BUILDING', 'DEPLOYING', 'ERROR']]);
    const [bad, good] = await test.deploy([requestOf('bad'), requestOf('good')]);
    expect(good?.outcome).toBe('deployed');
    expect(bad).toMatchObject({
      outcome: 'failed',
      previousDeploymentId: live?.id,
      cause: {
        code: 'DeployContainerExitNonZero',
        step: 'Waiting for service web',
        phase: 'DEPLOYING',
        logTail: ['DEPLOY line'],
      },
    });
    expect(bad?.cause?.message).toContain(`Deployment ${live?.id} keeps serving`);
  });

  it('is reported even if its log cannot be read', async () => {
    test.platform.scripts.set('app', [['ERROR']]);
    test.platform.fault = (request) =>
      request.includes('/logs')
        ? { status: 400, body: { id: 'bad_request', message: 'never reached' } }
        : undefined;
    const { cause } = await test.deployOne(requestOf('app'));
    expect(cause?.code).toBe('DeployContainerExitNonZero');
    expect(cause?.logTail[0]).toContain('never reached');
  });

  it('is called superseded when another deployment overtook it, with the other one named', async () => {
    test.platform.scripts.set('app', [Array<'BUILDING'>(10_000).fill('BUILDING')]);
    const result = test.deployOne(requestOf('app'));
    await until(() => test.eventsOf('app').includes('progress'));
    const other = test.platform.deploy(test.platform.app('app'), specOf('app', '2'));
    expect(await result).toMatchObject({ outcome: 'superseded', cause: { code: 'Overtaken' } });
    expect((await result).cause?.message).toContain(`deployment ${other.id} (app spec updated) is `);
  });

  it('is called failed when somebody cancelled it', async () => {
    test.platform.scripts.set('app', [['BUILDING', 'CANCELED']]);
    expect(await test.deployOne(requestOf('app'))).toMatchObject({
      outcome: 'failed',
      cause: { code: 'Canceled' },
    });
  });

  it('is reported when the app is deleted meanwhile', async () => {
    test.platform.scripts.set('app', [Array<'BUILDING'>(10_000).fill('BUILDING')]);
    const result = test.deployOne(requestOf('app'));
    await until(() => test.eventsOf('app').includes('progress'));
    await test.client.deleteApp(test.platform.app('app').id);
    expect(await result).toMatchObject({ outcome: 'failed', cause: { code: 'AppGone' } });
  });
});

describe('verifying', () => {
  const unhealthyVersion2 = () => {
    test.platform.health = (_, { spec }) => ({
      status: spec?.services?.[0]?.envs?.[0]?.value === '2' ? 500 : 200,
    });
  };

  it('rolls back a live version that is not healthy, and says both', async () => {
    const seeded = await test.platform.seed(specOf('app', '1'));
    const before = seeded.deployments[0];
    unhealthyVersion2();
    const result = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }), {
      verifyTimeoutMs: 150,
    });
    expect(result).toMatchObject({ outcome: 'rolled-back', previousDeploymentId: before?.id });
    expect(result.cause).toMatchObject({ code: 'HealthCheckFailed', logTail: ['RUN line'] });
    expect(result.cause?.message).toMatch(/it answered 500.*Rolled back to/);
    const live = seeded.deployments.find(({ phase }) => phase === 'ACTIVE');
    expect(live).toMatchObject({ id: result.rollbackDeploymentId, cloned_from: before?.id });
    expect(test.eventsOf('app').slice(-5)).toEqual([
      'active',
      'verifying',
      'verified',
      'rolled-back',
      'finished',
    ]);
  });

  it('fails a first version that is not healthy: there is nothing to go back to', async () => {
    unhealthyVersion2();
    const result = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }), {
      verifyTimeoutMs: 150,
    });
    expect(result.outcome).toBe('failed');
    expect(result.cause?.message).toContain('nothing to roll back to');
    expect(test.platform.writes).toEqual(['POST /v2/apps']);
  });

  it('does not roll back over what somebody else has started meanwhile', async () => {
    const app = await test.platform.seed(specOf('app', '1'));
    test.platform.health = (_, { spec }) => {
      if (spec?.services?.[0]?.envs?.[0]?.value !== '2') return { status: 200 };
      if (!app.deployments.some(({ script }) => script.length > 0))
        test.platform.deploy(app, specOf('app', '3'));
      return { status: 500 };
    };
    const result = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }), {
      verifyTimeoutMs: 150,
    });
    expect(result.cause?.message).toContain('was started meanwhile');
    expect(test.platform.writes.some((write) => write.includes('rollback'))).toBe(false);
  });

  it('keeps the cause when the rollback itself cannot be had', async () => {
    await test.platform.seed(specOf('app', '1'));
    unhealthyVersion2();
    test.platform.fault = (request) =>
      request.endsWith('/validate') ? { status: 403, body: { id: 'forbidden', message: 'no' } } : undefined;
    const { outcome, cause } = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }), {
      verifyTimeoutMs: 150,
    });
    expect([outcome, cause?.code]).toEqual(['failed', 'HealthCheckFailed']);
    expect(cause?.message).toMatch(/it answered 500.*Not rolled back to .*403 forbidden/);
  });

  it('takes up a rollback whose reply was lost, once', async () => {
    await test.platform.seed(specOf('app', '1'));
    unhealthyVersion2();
    test.platform.fault = (request) => (request.endsWith('/rollback') ? { drop: 'after' } : undefined);
    const result = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }), {
      verifyTimeoutMs: 150,
    });
    expect(result.outcome).toBe('rolled-back');
    expect(test.platform.app('app').deployments).toHaveLength(3);
  });

  it('says so when the version that it went back to is not healthy either', async () => {
    await test.platform.seed(specOf('app', '1'));
    test.platform.health = () => ({ status: 500 });
    const result = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }), {
      verifyTimeoutMs: 150,
    });
    expect(result.outcome).toBe('failed');
    expect(result.cause?.message).toMatch(
      /Rolled back to .*, but that is not healthy either: .*it answered 500/,
    );
  });

  it('fails what is live already and is not healthy, and leaves it: it may suffer from something else', async () => {
    await test.platform.seed(specOf('app', '1'));
    await test.deployOne(requestOf('app', { spec: specOf('app', '2') }));
    const before = test.platform.writes.length;
    unhealthyVersion2();
    const result = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }), {
      verifyTimeoutMs: 150,
    });
    expect(result).toMatchObject({ outcome: 'failed', action: 'none', cause: { code: 'HealthCheckFailed' } });
    expect(result.cause?.message).toContain('live before the run, so it was not rolled back');
    expect(test.platform.writes).toHaveLength(before);
  });

  it('rolls back what an earlier run has brought live and could not verify', async () => {
    const app = await test.platform.seed(specOf('app', '1'));
    const [before] = app.deployments;
    const { deploymentId } = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }));
    unhealthyVersion2();
    const result = await test.deployOne(
      requestOf('app', { spec: specOf('app', '2'), unverified: deploymentId }),
      { verifyTimeoutMs: 150 },
    );
    expect(result).toMatchObject({ outcome: 'rolled-back', action: 'none', deploymentId });
    expect(app.deployments.find(({ phase }) => phase === 'ACTIVE')?.cloned_from).toBe(before?.id);
  });

  it('waits until the new artefact answers, not the earlier one', async () => {
    let asked = 0;
    test.platform.health = () => {
      asked += 1;
      return { status: 200, body: { digest: asked < 3 ? 'sha256:earlier' : requestOf('app').digest } };
    };
    await test.deployOne(requestOf('app'));
    expect(test.events.find(({ type }) => type === 'verified')).toMatchObject({ tries: 3 });
  });
});

describe('smoke tests', () => {
  const failing: SmokeTest = async () => ['metadata: version: got "1"', 'documentation: no /docs'];

  it('run against what is live and healthy, and end a good deploy', async () => {
    const asked: unknown[] = [];
    const smokeTest: SmokeTest = async (skill, live) => {
      asked.push([skill, live]);
      return [];
    };
    const { deploymentId, outcome } = await test.deployOne(requestOf('app'), { smokeTest });
    const { url } = test.platform.app('app');
    expect(outcome).toBe('deployed');
    expect(asked).toEqual([['app', { url, deploymentId, digest: requestOf('app').digest }]]);
    expect(test.eventsOf('app').slice(-4)).toEqual(['verified', 'smoke-testing', 'smoke-tested', 'finished']);
  });

  it('that fail roll a version back, and say everything that is wrong', async () => {
    await test.platform.seed(specOf('app', '1'));
    const result = await test.deployOne(requestOf('app', { spec: specOf('app', '2') }), {
      smokeTest: failing,
    });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: { code: 'SmokeTestFailed' } });
    expect(result.cause?.message).toMatch(/got "1"\n {2}documentation: no \/docs\nRolled back to .*healthy/);
    expect(test.platform.app('app').spec.services?.[0]?.envs?.[0]?.value).toBe('1');
  });

  it('that hang do not hold up a run that is interrupted', async () => {
    const interrupt = new AbortController();
    const smokeTest: SmokeTest = () => {
      interrupt.abort(new Error('interrupted'));
      return new Promise(() => undefined);
    };
    const result = await test.deployOne(requestOf('app'), { smokeTest, signal: interrupt.signal });
    expect(result.outcome).toBe('interrupted');
    expect(result.cause?.message).toContain('is live but not verified');
  });
});

describe('order', () => {
  it('deploys a skill after those it needs', async () => {
    await test.deploy([requestOf('app', { after: ['base'] }), requestOf('base')]);
    expect(
      test.platform.bodies
        .map(({ body }) => (body as { spec?: { name: string } })?.spec?.name)
        .filter(Boolean),
    ).toEqual(['base', 'app']);
  });

  it('skips a skill whose dependency failed, and says which', async () => {
    test.platform.scripts.set('base', [['ERROR']]);
    const [app] = await test.deploy([requestOf('app', { after: ['base'] }), requestOf('base')]);
    expect(app).toMatchObject({ outcome: 'skipped', cause: { code: 'DependencyFailed' } });
    expect(app?.cause?.message).toContain('"base"');
  });

  it('fails skills that wait for each other, and none else', async () => {
    const results = await test.deploy([
      requestOf('a', { after: ['b'] }),
      requestOf('b', { after: ['a'] }),
      requestOf('c'),
    ]);
    expect(results.map(({ cause }) => cause?.code)).toEqual([
      'DependencyCycle',
      'DependencyCycle',
      undefined,
    ]);
  });

  it('deploys an app once when two skills claim its name', async () => {
    const results = await test.deploy([requestOf('app'), requestOf('other', { spec: specOf('app', '2') })]);
    expect(results.map(({ outcome, cause }) => cause?.code ?? outcome)).toEqual(['deployed', 'DuplicateApp']);
  });
});
