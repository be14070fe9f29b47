import { afterEach, beforeEach, expect, it } from 'vitest';
import { FleetTest, requestOf, specOf } from '../deploy/fleet.test.helper.js';
import type { DeployRequest } from '../deploy/skill-run.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start();
});
afterEach(() => test.close());

/** Three waves of an app, the first of two apps. */
function waves(soakMs = 0): DeployRequest[] {
  return [
    requestOf('third', { earlier: { wave: 2, skills: ['second'], soakMs } }),
    requestOf('second', { earlier: { wave: 1, skills: ['one', 'other'], soakMs } }),
    requestOf('one'),
    requestOf('other'),
  ];
}

function written(): string[] {
  return test.platform.bodies.flatMap(({ body }) => (body as { spec?: { name: string } })?.spec?.name ?? []);
}

/** When an event of an app happened, in milliseconds. */
function timeOf(skill: string, type: string): number {
  return Date.parse(test.events.find((event) => event.skill === skill && event.type === type)?.at ?? '');
}

it('deploys the apps of a wave side by side, and the next wave after them', async () => {
  const results = await test.deploy(waves());
  expect(results.map(({ outcome }) => outcome)).toEqual(Array(4).fill('deployed'));
  expect(written().slice(0, 2).sort()).toEqual(['one', 'other']);
  expect(written().slice(2)).toEqual(['second', 'third']);
  expect(timeOf('second', 'planned')).toBeGreaterThanOrEqual(timeOf('other', 'verified'));
});

it('holds all later waves where one app fails, and lets the others of its wave go live', async () => {
  test.platform.scripts.set('other', [['ERROR']]);
  const [third, second, one, other] = await test.deploy(waves());
  expect([one?.outcome, other?.outcome]).toEqual(['deployed', 'failed']);
  expect(second).toMatchObject({ outcome: 'skipped', cause: { code: 'EarlierWaveFailed' } });
  expect(second?.cause?.message).toBe(
    'wave 1 has not passed: other ended as failed. This app was not changed',
  );
  expect(third?.cause?.message).toContain('wave 2 has not passed: second ended as skipped');
  expect(written().sort()).toEqual(['one', 'other']);
});

it('waits for the soak time after the last app of the wave, and looks at their health again', async () => {
  await test.deploy(waves(150));
  const live = Math.max(timeOf('one', 'active'), timeOf('other', 'active'));
  expect(timeOf('second', 'planned') - live).toBeGreaterThanOrEqual(149);
  const waits = test.events.filter(({ skill, type }) => skill === 'second' && type === 'waiting');
  expect(waits).toMatchObject([
    { reason: 'wave', for: 'wave 1: one, other' },
    { reason: 'wave', for: expect.stringMatching(/^the soak time of wave 1, until 20/) },
  ]);
});

it('holds the next wave where an app is not healthy any more after the soak time', async () => {
  let asked = 0;
  test.platform.health = (app) => ({ status: app === 'one' && (asked += 1) > 1 ? 503 : 200 });
  // Long enough that a slow machine has verified the first wave before it ends.
  const [, second, one] = await test.deploy(waves(1_000), { verifyTimeoutMs: 100 });
  expect(one?.outcome).toBe('deployed');
  expect(second?.cause?.message).toMatch(
    /^wave 1 has not passed: after its soak time, one is not healthy: .*answered 503/,
  );
  expect(written()).not.toContain('second');
});

it('does not wait again for what was live for long enough before', async () => {
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  await test.deploy([requestOf('one'), requestOf('other')]);
  for (const name of ['one', 'other'])
    Object.assign(test.platform.app(name).deployments[0] ?? {}, { phase_last_updated_at: hourAgo });
  const results = await test.deploy(waves(1_800_000).slice(1));
  expect(results.map(({ outcome }) => outcome)).toEqual(['deployed', 'unchanged', 'unchanged']);
});

it('ends at once where it is interrupted during a soak time', async () => {
  const interrupt = new AbortController();
  const results = await test.deploy(waves(3_600_000), {
    signal: interrupt.signal,
    redact: (text) => {
      if (text.startsWith('the soak time')) setImmediate(() => interrupt.abort(new Error('interrupted')));
      return text;
    },
  });
  expect(results.map(({ outcome }) => outcome)).toEqual([
    'interrupted',
    'interrupted',
    'deployed',
    'deployed',
  ]);
});

function many(count: number, more: Partial<DeployRequest> = {}): DeployRequest[] {
  return Array.from({ length: count }, (_, index) => requestOf(`app-${index}`, more));
}

it('has no more deployments in progress at once than it may', async () => {
  let most = 0;
  let now = 0;
  const count = (name: string, by: number) => {
    if (!name.startsWith('app-')) return;
    now += by;
    most = Math.max(most, now);
  };
  const claim = async (skill: string) => {
    count(skill, 1);
    return { release: async () => {} };
  };
  const smokeTest = async (skill: string) => {
    count(skill, -1);
    return [];
  };
  const results = await test.deploy(many(6), { maxAtOnce: 2, claim, smokeTest });
  expect(results.map(({ outcome }) => outcome)).toEqual(Array(6).fill('deployed'));
  expect(most).toBe(2);
});

it('begins nothing more where more of a wave failed than may, and says so', async () => {
  test.platform.scripts.set('app-0', [['ERROR']]);
  test.platform.scripts.set('app-1', [['ERROR']]);
  const later = requestOf('later', { wave: 2 });
  const results = await test.deploy([...many(6), later], { maxAtOnce: 1, maxFailedPercent: 20 });
  expect(results.map(({ outcome }) => outcome)).toEqual([
    'failed',
    'failed',
    ...Array<string>(5).fill('skipped'),
  ]);
  expect(results[6]?.cause).toMatchObject({
    code: 'TooManyFailed',
    message:
      '2 of the 6 apps of wave 1 failed, which is more than 20 %: app-0, app-1. This app was not changed',
  });
  expect(written()).toEqual(['app-0', 'app-1']);
});

it('passes a wave of which no more failed than may', async () => {
  test.platform.scripts.set('other', [['ERROR']]);
  const results = await test.deploy(waves(20), { maxFailedPercent: 50 });
  expect(results.map(({ outcome }) => outcome)).toEqual(['deployed', 'deployed', 'deployed', 'failed']);
});

/** Two waves, each all or nothing, as an update of apps that are live. */
async function updateTogether(soakMs = 0, more: Parameters<FleetTest['deploy']>[1] = {}) {
  const wave = (one: string, other: string, rest: Partial<DeployRequest>) => [
    requestOf(one, { ...rest, spec: specOf(one, '2'), together: { wave: rest.wave ?? 1, skills: [other] } }),
    requestOf(other, {
      ...rest,
      spec: specOf(other, '2'),
      together: { wave: rest.wave ?? 1, skills: [one] },
    }),
  ];
  const earlier = { wave: 1, skills: ['one', 'other'], soakMs };
  const results = await test.deploy(
    [...wave('one', 'other', {}), ...wave('two', 'second', { wave: 2, earlier })],
    more,
  );
  return new Map(results.map((result) => [result.skill, result]));
}

const seedAll = () => test.deploy(['one', 'other', 'two', 'second'].map((name) => requestOf(name)));

function liveValue(name: string): string | undefined {
  const live = test.platform.app(name).deployments.find(({ phase }) => phase === 'ACTIVE');
  return live?.spec?.services?.[0]?.envs?.find(({ key }) => key === 'VERSION')?.value;
}

it('rolls the rest of a wave back with an app that failed, where the wave is all or nothing', async () => {
  await seedAll();
  test.platform.scripts.set('second', [['ERROR']]);
  const results = await updateTogether();
  expect(results.get('one')?.outcome).toBe('deployed');
  expect(results.get('second')?.outcome).toBe('failed');
  expect(results.get('two')).toMatchObject({
    outcome: 'rolled-back',
    cause: {
      code: 'WaveFailed',
      message: expect.stringMatching(
        /^wave 2 has not passed: second ended as failed. Rolled back to .*, which is healthy/,
      ),
    },
  });
  expect(['one', 'other', 'two', 'second'].map(liveValue)).toEqual(['2', '2', '1', '1']);
});

it('leaves live what was live before the run, and what has nothing to go back to', async () => {
  await test.deploy([requestOf('other', { spec: specOf('other', '2') }), requestOf('second')]);
  test.platform.scripts.set('second', [['ERROR']]);
  const results = await updateTogether();
  expect(results.get('other')?.outcome).toBe('unchanged');
  expect(results.get('two')).toMatchObject({
    outcome: 'deployed',
    note: 'wave 2 has not passed: second ended as failed. No version was live here before, so this one stays live',
  });
  expect(['other', 'two', 'second'].map(liveValue)).toEqual(['2', '2', '1']);
});

it('rolls a whole wave back that is not healthy after its soak time, and holds the next one', async () => {
  await seedAll();
  let asked = 0;
  const isNew = () => liveValue('one') === '2';
  test.platform.health = (app) => ({ status: app === 'one' && isNew() && (asked += 1) > 1 ? 503 : 200 });
  const results = await updateTogether(1_000, { verifyTimeoutMs: 100 });
  expect([...results.values()].map(({ outcome }) => outcome)).toEqual([
    'rolled-back',
    'rolled-back',
    'skipped',
    'skipped',
  ]);
  expect(['one', 'other', 'two', 'second'].map(liveValue)).toEqual(Array(4).fill('1'));
});

it('rolls nothing back where no more of a wave failed than may', async () => {
  await seedAll();
  test.platform.scripts.set('second', [['ERROR']]);
  const results = await updateTogether(0, { maxFailedPercent: 50 });
  expect(results.get('two')?.outcome).toBe('deployed');
});
