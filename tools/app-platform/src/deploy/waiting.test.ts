import { type Clock, systemClock } from '@odoobo/machine/time';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FleetTest, requestOf, specOf, until } from './fleet.test.helper.js';
import type { Claim } from './skill-run.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start();
});

afterEach(() => test.close());

const endless = Array<'BUILDING'>(100_000).fill('BUILDING');

describe('polling', () => {
  it('reads the list once a tick, whatever the number of deployments', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `app-${index}`);
    const results = await test.deploy(names.map((name) => requestOf(name)));
    expect(results.every(({ outcome }) => outcome === 'deployed')).toBe(true);
    const reads = test.platform.requests.filter((request) => request.startsWith('GET /v2/apps'));
    expect(reads.every((request) => request === 'GET /v2/apps?page=1&per_page=200')).toBe(true);
    expect(reads.length).toBeLessThan(15);
  });

  it('stops when nobody waits any more: no timer is left', async () => {
    let asleep = 0;
    const clock: Clock = {
      now: () => systemClock.now(),
      async sleep(milliseconds, signal) {
        asleep += 1;
        await systemClock.sleep(milliseconds, signal).finally(() => (asleep -= 1));
      },
    };
    await test.deployOne(requestOf('app'), { clock });
    await until(() => asleep === 0, 1_000);
  });

  it('goes on after polls that fail', async () => {
    let polls = 0;
    test.platform.fault = (request) => {
      if (!request.startsWith('GET /v2/apps?')) return undefined;
      polls += 1;
      return polls === 2 ? { truncate: true } : polls === 3 ? { status: 418 } : undefined;
    };
    expect((await test.deployOne(requestOf('app'))).outcome).toBe('deployed');
    expect(polls).toBeGreaterThan(3);
  });

  it('goes on while what failed is read: the others do not wait for that', async () => {
    test.platform.scripts.set('bad', [['ERROR']]);
    test.platform.fault = (request) => (/^GET .*deployments/.test(request) ? { hang: true } : undefined);
    const controller = new AbortController();
    const running = test.deploy([requestOf('bad'), requestOf('good')], { signal: controller.signal });
    await until(() => test.eventsOf('good').includes('finished'));
    controller.abort();
    expect((await running).map(({ outcome }) => outcome)).toEqual(['interrupted', 'deployed']);
  });

  it('ends at once when the token is refused', async () => {
    let polls = 0;
    test.platform.fault = (request) => {
      if (!request.startsWith('GET /v2/apps?')) return undefined;
      polls += 1;
      return polls > 1 ? { status: 401, body: { id: 'unauthorized', message: 'no' } } : undefined;
    };
    const { outcome, cause } = await test.deployOne(requestOf('app'));
    expect([outcome, cause?.code]).toEqual(['failed', 'unauthorized']);
  });

  it('goes on while a new deployment is not to be seen yet', async () => {
    let misses = 0;
    test.platform.scripts.set('app', [['BUILDING', 'BUILDING', 'ERROR']]);
    test.platform.fault = (request) => {
      if (!/GET .*\/deployments\/[^/]+$/.test(request) || misses === 2) return undefined;
      misses += 1;
      return { status: 404, body: { id: 'not_found', message: 'not yet' } };
    };
    expect((await test.deployOne(requestOf('app'))).cause?.code).toBe('DeployContainerExitNonZero');
    expect(misses).toBe(2);
  });

  it('reports each phase and step once', async () => {
    test.platform.scripts.set('app', [['BUILDING', 'BUILDING', 'BUILDING', 'DEPLOYING', 'ACTIVE']]);
    await test.deployOne(requestOf('app'));
    const progress = test.events.flatMap((event) => (event.type === 'progress' ? [event] : []));
    expect(progress.map(({ phase, step, done, total }) => [phase, step, done, total])).toEqual([
      ['PENDING_BUILD', undefined, 0, 0],
      ['BUILDING', 'Building service web', 2, 6],
      ['DEPLOYING', 'Building service web', 2, 6],
    ]);
  });
});

describe('a deadline', () => {
  it('says where the deployment is, that it goes on, and the next deploy continues from there', async () => {
    test.platform.scripts.set('app', [[...endless]]);
    const late = await test.deployOne(requestOf('app', { timeoutMs: 1_500 }));
    expect(late).toMatchObject({ outcome: 'failed', cause: { code: 'DeadlineExceeded', phase: 'BUILDING' } });
    expect(late.cause?.message).toContain(`deployment ${late.deploymentId} is still BUILDING`);
    test.platform.app('app').deployments[0]?.script.splice(0, Infinity, 'BUILDING', 'ACTIVE');
    const next = await test.deployOne(requestOf('app'));
    expect(next).toMatchObject({ action: 'follow', outcome: 'deployed', deploymentId: late.deploymentId });
  });
});

describe('a deployment that fails in time', () => {
  it('is reported with its reason, also when its log comes late', async () => {
    test.platform.scripts.set('app', [['ERROR']]);
    const timeoutMs = 1_000;
    test.platform.fault = async (request) => {
      if (request.includes('/logs')) await systemClock.sleep(timeoutMs);
      return undefined;
    };
    const { outcome, cause } = await test.deployOne(requestOf('app', { timeoutMs }));
    expect([outcome, cause?.code]).toEqual(['failed', 'DeployContainerExitNonZero']);
    expect(cause?.logTail).toEqual(['DEPLOY line']);
  });
});

describe('a deadline in the middle of a write', () => {
  it('says that the write may have had an effect', async () => {
    test.platform.fault = (request) => (request.startsWith('POST') ? { hang: true } : undefined);
    const { cause } = await test.deployOne(requestOf('app', { timeoutMs: 100 }));
    expect(cause?.code).toBe('DeadlineExceeded');
    expect(cause?.message).toContain('a write got no reply');
  });
});

describe('an abort', () => {
  it('ends within a second and names what is still under way', async () => {
    test.platform.scripts.set('slow', [[...endless]]);
    const controller = new AbortController();
    const running = test.deploy(
      [requestOf('slow'), requestOf('quick'), requestOf('late', { after: ['slow'] })],
      {
        signal: controller.signal,
      },
    );
    await until(
      () => test.eventsOf('slow').includes('progress') && test.eventsOf('quick').includes('finished'),
    );
    const start = Date.now();
    controller.abort(new Error('Ctrl-C'));
    const [slow, quick, late] = await running;
    expect(Date.now() - start).toBeLessThan(1_000);
    expect(slow).toMatchObject({ outcome: 'interrupted', cause: { code: 'Interrupted' } });
    expect(slow?.cause?.message).toContain(slow?.deploymentId);
    expect(quick?.outcome).toBe('deployed');
    expect(late).toMatchObject({ outcome: 'interrupted' });
    expect(late?.cause?.message).toContain('stopped: nothing was deployed');
  });

  it('in the middle of a write says that it may have had an effect', async () => {
    test.platform.fault = (request) => (request.startsWith('POST') ? { hang: true } : undefined);
    const controller = new AbortController();
    const running = test.deployOne(requestOf('app'), { signal: controller.signal });
    await until(() => test.platform.writes.length === 1);
    controller.abort();
    expect((await running).cause?.message).toContain('may still have had an effect');
  });

  it('during verification ends at once', async () => {
    test.platform.health = () => ({ status: 500 });
    const controller = new AbortController();
    const options = { signal: controller.signal, verifyTimeoutMs: 60_000 };
    const running = test.deployOne(requestOf('app'), options);
    await until(() => test.eventsOf('app').includes('verifying'));
    controller.abort();
    const { outcome, cause } = await running;
    expect(outcome).toBe('interrupted');
    expect(cause?.message).toContain('is live but not verified');
  });
});

/** Mutual exclusion within this process, in order of arrival. */
function claims(): { claim: Claim; held: () => number } {
  let tail: Promise<void> = Promise.resolve();
  let held = 0;
  const claim: Claim = async () => {
    const before = tail;
    let release = (): void => undefined;
    tail = new Promise((resolve) => (release = resolve));
    await before;
    held += 1;
    return {
      release: async () => {
        held -= 1;
        release();
      },
    };
  };
  return { claim, held: () => held };
}

describe('two deployers on one machine', () => {
  it('make one write of the same spec: the second follows the first', async () => {
    await test.platform.seed(specOf('app', '0'));
    test.platform.scripts.set('app', [['BUILDING', 'BUILDING', 'BUILDING', 'DEPLOYING', 'ACTIVE']]);
    const { claim, held } = claims();
    const [first, second] = await Promise.all([
      test.deployOne(requestOf('app'), { claim }),
      test.deployOne(requestOf('app'), { claim }),
    ]);
    expect(test.platform.writes).toHaveLength(1);
    expect([first.action, second.action].sort()).toEqual(['follow', 'update']);
    expect(first.deploymentId).toBe(second.deploymentId);
    expect(held()).toBe(0);
  });

  it('read what is there again once for all: not a call for each', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `app-${index}`);
    for (const name of names) await test.platform.seed(specOf(name, '0'));
    const held: Claim = async () => ({ release: async () => undefined });
    test.platform.requests.length = 0;
    const results = await test.deploy(
      names.map((name) => requestOf(name)),
      { claim: held },
    );
    expect(results.every(({ action, outcome }) => action === 'update' && outcome === 'deployed')).toBe(true);
    const firstWrite = test.platform.requests.findIndex((request) => request.startsWith('PUT'));
    expect(test.platform.requests.slice(0, firstWrite).length).toBeLessThanOrEqual(3);
    expect(test.platform.requests.filter((request) => /^GET \/v2\/apps\/[^/]+$/.test(request))).toEqual([]);
  });

  it('create one app: the second learns that the name is in use, and follows', async () => {
    const { claim } = claims();
    const results = await Promise.all([
      test.deployOne(requestOf('app'), { claim }),
      test.deployOne(requestOf('app'), { claim }),
    ]);
    expect(results.every(({ outcome }) => outcome === 'deployed' || outcome === 'unchanged')).toBe(true);
    expect(test.platform.app('app').deployments).toHaveLength(1);
  });

  it('say that they wait', async () => {
    const { claim, held } = claims();
    const other = await claim('app', new AbortController().signal);
    const running = test.deployOne(requestOf('app'), { claim });
    await until(() => test.eventsOf('app').includes('waiting'));
    expect(test.platform.writes).toEqual([]);
    await other.release();
    expect((await running).outcome).toBe('deployed');
    expect(held()).toBe(0);
  });

  it('give a claim back that comes too late', async () => {
    const { claim, held } = claims();
    const other = await claim('app', new AbortController().signal);
    const result = await test.deployOne(requestOf('app', { timeoutMs: 50 }), { claim });
    expect(result).toMatchObject({ outcome: 'failed', cause: { code: 'DeadlineExceeded' } });
    expect(result.cause?.message).toContain('nothing was deployed');
    await other.release();
    await until(() => held() === 0);
  });
});

describe('a platform that is not there', () => {
  it('is reported in the result of each skill, with what to do', async () => {
    const { client } = await FleetTest.start().then(async (gone) => {
      await gone.platform.close();
      return gone;
    });
    const results = await test.deploy([requestOf('a'), requestOf('b')], { client });
    await client.close();
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    expect(results[0]?.cause?.message).toMatch(/Could not reach the platform at .*local-platform start/);
  });
});
