import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hastyClock } from '../clocks.test.helper.js';
import type { AppSpec } from '../spec/index.js';
import { FleetTest, requestOf, specOf } from './fleet.test.helper.js';
import type { Fault } from './scripted-platform.test.helper.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start(hastyClock(10));
});

afterEach(() => test.close());

/** Ten seconds of the hasty clock take one second. */
function deployOne() {
  return test.deployOne(requestOf('app', { timeoutMs: 100_000 }), { verifyTimeoutMs: 50_000 });
}

/** Applies the fault to the first request of that method only. */
function breakFirst(method: 'POST' | 'PUT', fault: Fault): void {
  let broken = false;
  test.platform.fault = (request) => {
    if (broken || !request.startsWith(method)) return undefined;
    broken = true;
    return fault;
  };
}

/** Faults of a write after which it is not known whether it took effect. */
const faults: [string, Fault, writes: number][] = [
  ['the connection breaks before the platform has it', { drop: 'before' }, 2],
  ['the connection breaks after it took effect', { drop: 'after' }, 1],
  ['the reply is cut short', { truncate: true }, 1],
  ['the platform answers 500', { status: 500 }, 2],
];

describe.each(faults)('when %s', (_, fault, writes) => {
  it('a create ends in one app with one deployment', async () => {
    breakFirst('POST', fault);
    const result = await deployOne();
    expect(result).toMatchObject({ action: 'create', outcome: 'deployed' });
    expect(test.platform.apps.size).toBe(1);
    expect(test.platform.app('app').deployments.map(({ id }) => id)).toEqual([result.deploymentId]);
    expect(test.platform.writes).toHaveLength(writes);
  });

  it('an update ends in one more deployment', async () => {
    await test.platform.seed(specOf('app', '0'));
    breakFirst('PUT', fault);
    const result = await deployOne();
    expect(result).toMatchObject({ action: 'update', outcome: 'deployed' });
    expect(test.platform.app('app').deployments).toHaveLength(2);
    expect(test.platform.writes).toHaveLength(writes);
  });
});

describe('a lost reply', () => {
  it('of a deployment that has failed by the time somebody looks is not sent again', async () => {
    await test.platform.seed(specOf('app', '0'));
    test.platform.scripts.set('app', [['ERROR']]);
    breakFirst('PUT', { drop: 'after' });
    expect(await deployOne()).toMatchObject({ outcome: 'failed' });
    expect(test.platform.app('app').deployments).toHaveLength(2);
  });

  it('is sent once more and no further', async () => {
    test.platform.fault = (request) => (request.startsWith('POST') ? { drop: 'before' } : undefined);
    const result = await deployOne();
    expect(result).toMatchObject({ outcome: 'failed', cause: { code: 'unreachable' } });
    expect(test.platform.writes).toHaveLength(2);
  });

  it('of a create that is slower than the look after it is ours all the same', async () => {
    let posts = 0;
    test.platform.fault = async (request) => {
      if (!request.startsWith('POST')) return undefined;
      posts += 1;
      const [first] = test.platform.bodies.filter((one) => one.request.startsWith('POST'));
      if (posts === 2) await test.platform.seedForeign((first?.body as { spec: AppSpec }).spec);
      return posts === 1 ? { drop: 'before' } : undefined;
    };
    const result = await deployOne();
    expect(result).toMatchObject({ action: 'create', outcome: 'deployed' });
    expect(test.platform.apps.size).toBe(1);
    expect(test.platform.app('app').deployments).toHaveLength(1);
  });
});

describe('a name in use', () => {
  it('is taken up when somebody has created the same app since the list was read', async () => {
    test.platform.fault = async (request) => {
      if (request.startsWith('POST') && test.platform.apps.size === 0)
        await test.platform.seed(specOf('app'));
      return undefined;
    };
    const result = await deployOne();
    expect(result).toMatchObject({ action: 'none', outcome: 'unchanged' });
    expect(test.platform.app('app').deployments).toHaveLength(1);
    expect(test.platform.apps.size).toBe(1);
  });

  it('is explained when the app cannot be seen', async () => {
    test.platform.fault = (request) =>
      request.startsWith('POST')
        ? { status: 409, body: { id: 'conflict', message: 'name in use' } }
        : undefined;
    const { cause } = await deployOne();
    expect(cause?.message).toContain('name in use');
  });
});

describe('an app that is deleted between the list and the write', () => {
  it('is created again', async () => {
    const { id } = await test.platform.seed(specOf('app', '0'));
    test.platform.fault = (request) => {
      if (request.startsWith('PUT')) test.platform.apps.delete(id);
      return undefined;
    };
    expect(await deployOne()).toMatchObject({ outcome: 'deployed' });
    expect(test.platform.app('app').id).not.toBe(id);
  });
});
