import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppSpec, Deployment } from '../spec/index.js';
import { type Mark, withMark } from '../versions/mark.js';
import { withFleet } from './fleet.js';
import { FleetTest, requestOf, specOf } from './fleet.test.helper.js';
import { lookBack, type Past } from './held.js';
import { type DeployRequest, SkillRun } from './skill-run.js';

let test: FleetTest;
beforeEach(async () => {
  test = await FleetTest.start();
});
afterEach(() => test.close());

/** A version that goes live; `{ to }`: a rollback to an earlier index of the history; `failed`: it never went live. */
type Step = string | { to: number } | { failed: string };

/** Creates a history in the app `shop`, oldest first. @returns the deployments in that order */
async function history(steps: readonly Step[], specs: (version: string) => AppSpec): Promise<Deployment[]> {
  const [first, ...later] = steps;
  const app = await test.platform.seed(specs(String(first)));
  const made: Deployment[] = [...app.deployments];
  for (const step of later) {
    const from = typeof step === 'object' && 'to' in step ? made[step.to] : undefined;
    const version = typeof step === 'string' ? step : 'failed' in step ? step.failed : '';
    if (typeof step === 'object' && 'failed' in step) test.platform.scripts.set('shop', [['ERROR']]);
    const more = from && { cloned_from: from.id, cause: 'rollback' };
    made.push(test.platform.deploy(app, from?.spec ?? specs(version), more));
    for (let polls = 0; polls < 4; polls += 1) await test.client.listApps();
  }
  return made;
}

async function look(request: DeployRequest): Promise<Past> {
  return withFleet({ client: test.client }, 1, async (fleet) => {
    const run = new SkillRun(request, fleet, () => undefined);
    const app = (await test.client.listApps()).find(({ spec }) => spec.name === 'shop');
    return lookBack(run, await run.plan(app), fleet.signal);
  });
}

const wants = (version: string, more: Partial<DeployRequest> = {}) =>
  requestOf('shop', { spec: specOf('shop', version), ...more });
const plain = (version: string) => specOf('shop', version);

describe('a version is held', () => {
  it.each<[string, Step[], string, boolean]>([
    ['that was rolled back from', ['1', '2', { to: 0 }], '2', true],
    ['whatever was shipped since', ['1', '2', { to: 0 }, '3', '4'], '2', true],
    ['of two that were rolled back from, the first', ['1', '2', { to: 0 }, '3', { to: 0 }], '2', true],
    ['that was shipped again, and rolled back from again', ['1', '2', { to: 0 }, '2', { to: 0 }], '2', true],
    ['not where it is another one', ['1', '2', { to: 0 }], '3', false],
    ['not once it was shipped again on purpose', ['1', '2', { to: 0 }, '2', '3'], '2', false],
    ['not once somebody rolled back to it', ['1', '2', { to: 0 }, { to: 1 }, '3'], '2', false],
    ['not where only something else was rolled back from', ['1', '2', '3', { to: 1 }], '1', false],
    ['not where it was restarted', ['1', '2', { to: 1 }, '3'], '2', false],
    ['not where the rollback never went live', ['1', '2', { failed: '1' }, '3'], '2', false],
    ['not where it never went live', ['1', { failed: '2' }], '2', false],
  ])('%s', async (_what, steps, wanted, held) => {
    await history(steps, plain);
    expect((await look(wants(wanted))).held !== undefined).toBe(held);
  });

  it('and says which deployment was rolled back from, when, by what, and the option', async () => {
    const [, bad, back] = await history(['1', '2', { to: 0 }, '3'], plain);
    const { held } = await look(wants('2'));
    expect(held).toMatchObject({ outcome: 'held', details: { code: 'Held' } });
    expect(held?.message).toBe(
      `this version was live as deployment ${bad?.id} and was rolled back at ${back?.created_at} by deployment ${back?.id} (rollback). ` +
        'Nothing was written. Change the skill, or deploy this version again: --retry',
    );
  });

  it('also where the platform has encrypted its secret, and not where the secret is another one', async () => {
    const secret = (value: string) => specOf('shop', '2', value);
    await test.deployOne(requestOf('shop', { spec: specOf('shop', '1', 'hunter2') }));
    await test.deployOne(requestOf('shop', { spec: secret('hunter2') }));
    const app = test.platform.app('shop');
    const first = app.deployments.at(-1);
    test.platform.deploy(app, first?.spec ?? plain('1'), { cloned_from: first?.id ?? '' });
    for (let polls = 0; polls < 4; polls += 1) await test.client.listApps();
    expect((await look(requestOf('shop', { spec: secret('hunter2') }))).held).toBeDefined();
    expect((await look(requestOf('shop', { spec: secret('hunter3') }))).held).toBeUndefined();
  });

  it('also where only the mark of the write is another one', async () => {
    const marked = (version: string) => withMark(plain(version), markFor(version));
    await history(['1', '2', { to: 0 }], marked);
    expect((await look(wants('2'))).held).toBeDefined();
  });

  it('of the commit that was rolled back from, and not of another one', async () => {
    const made = await history(['1', '2', { to: 0 }], plain);
    const commits = ['a', 'b', 'a'];
    for (const [index, one] of made.entries())
      one.services = [{ name: 'web', source_commit_hash: commits[index] ?? '' }];
    expect((await look(wants('2', { sourceCommits: { web: 'b' } }))).held).toBeDefined();
    expect((await look(wants('2', { sourceCommits: { web: 'c' } }))).held).toBeUndefined();
  });
});

function markFor(version: string): Mark {
  return { write: `write-${version}`, skill: 'shop', artefact: version };
}

describe('the list of deployments is read', () => {
  const lists = () => test.platform.requests.filter((request) => /\/deployments\?/.test(request)).length;

  async function written(...versions: string[]): Promise<void> {
    for (const version of versions) await test.deployOne(wants(version));
  }

  async function deployedAgain(more: Partial<Deployment>, index = 0): Promise<void> {
    const app = test.platform.app('shop');
    test.platform.deploy(app, app.deployments[index]?.spec ?? app.spec, more);
    for (let polls = 0; polls < 4; polls += 1) await test.client.listApps();
  }

  it('never where every write was ours and nothing was rolled back', async () => {
    await written('1', '2', '3');
    expect(await look(wants('4'))).toEqual({ rolledBack: false });
    expect(lists()).toBe(0);
  });

  it.each([
    [
      'a rollback',
      () => deployedAgain({ cloned_from: test.platform.app('shop').deployments[1]?.id ?? '' }, 1),
    ],
    [
      'a rollback that was restarted',
      async () => {
        await deployedAgain({ cloned_from: test.platform.app('shop').deployments[1]?.id ?? '' }, 1);
        await deployedAgain({});
      },
    ],
    [
      'a rollback and later writes',
      async () => {
        await deployedAgain({ cloned_from: test.platform.app('shop').deployments[1]?.id ?? '' }, 1);
        await written('3', '4');
      },
    ],
  ])('after %s', async (_what, happens) => {
    await written('1', '2');
    await happens();
    const seen = lists();
    expect(await look(wants('2'))).toMatchObject({ rolledBack: true, held: { outcome: 'held' } });
    expect(lists() - seen).toBe(1);
  });

  it('where somebody else has shipped what is live', async () => {
    await written('1', '2');
    await deployedAgain({}, 1);
    await look(wants('2'));
    expect(lists()).toBe(1);
  });
});
