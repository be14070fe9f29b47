import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { describe, expect, it } from 'vitest';
import type { JournalRecord, SkillRecord } from '../records/record.js';
import { changesInJournal } from './changes-in-journal.js';
import { type Delivery, deliveryFigures } from './figures.js';

const environment = 'production';
const day = (number: number, time = '00:00:00') => `2026-06-${String(number).padStart(2, '0')}T${time}.000Z`;
const since = Date.parse(day(1));
const until = Date.parse(day(11));

/** A commit by its letter, made at a time. */
const hash = (letter: string) => letter.repeat(40);
const commits = new Map<string, number>();

/** A journal that a person writes by hand. */
class Written {
  readonly records: JournalRecord[] = [];

  deploy(app: string, deployment: string, commit: string, steps: Step[], more: More = {}): this {
    const run = `${more.kind ?? 'deploy'}-of-${deployment}-${this.records.length}`;
    const [first = { at: day(1) }] = steps;
    const skills = {
      [app]: { commit: hash(commit), ...(more.of && { of: more.of }), ...(more.dirty && { dirty: true }) },
    };
    this.records.push({
      type: 'run-started',
      run,
      at: first.at,
      environment: more.environment ?? environment,
      skills,
    });
    const add = (event: Omit<DeployEvent, 'skill'>) =>
      this.records.push({
        ...event,
        skill: app,
        run,
        environment: more.environment ?? environment,
      } as SkillRecord);
    for (const step of steps) {
      if (step.result === undefined)
        add({
          deploymentId: deployment,
          action: 'update',
          url: '',
          tries: 1,
          to: '',
          from: '',
          reason: '',
          ...step,
        } as never);
      else add({ type: 'finished', at: step.at, result: resultOf(app, deployment, step, more) } as never);
    }
    return this;
  }

  figures(teams: Record<string, string[]> = {}): Delivery {
    const found = changesInJournal(this.records, { environment, now: until });
    const known = new Map(Object.entries(teams));
    return deliveryFigures(found, { environment, since, until, committedAt: commits, teams: known });
  }
}

interface Step {
  at: string;
  type?: 'written' | 'active' | 'verified' | 'rolling-back' | 'rolled-back';
  result?: DeployResult['outcome'];
  code?: string;
}

interface More {
  kind?: 'rollback' | 'restart' | 'scale';
  digest?: string;
  /** The deployment of the automatic rollback. */
  back?: string;
  of?: string;
  dirty?: boolean;
  environment?: string;
  previous?: string;
  sent?: boolean;
}

function resultOf(
  skill: string,
  deploymentId: string,
  { result = 'failed', code }: Step,
  more: More,
): object {
  return {
    skill,
    outcome: result,
    action: more.kind ?? 'update',
    digest: more.digest ?? 'sha256:1',
    durationMs: 1,
    ...(more.back && { rollbackDeploymentId: more.back }),
    ...(more.sent !== false && { deploymentId }),
    ...(more.previous && { previousDeploymentId: more.previous }),
    ...(code && { cause: { code, message: '', logTail: [] } }),
  };
}

/** A deploy that succeeds: live 10 seconds before it is verified. */
const good = (number: number, time: string): Step[] => [
  { at: day(number, `${time}:00`), type: 'active' },
  { at: day(number, `${time}:10`), type: 'verified' },
  { at: day(number, `${time}:11`), result: 'deployed' },
];

describe('ten days of two skills', () => {
  commits.set(hash('a'), Date.parse(day(1, '08:00:10')));
  commits.set(hash('b'), Date.parse(day(2, '06:00:10')));
  commits.set(hash('c'), Date.parse(day(3, '00:00:00')));
  commits.set(hash('d'), Date.parse(day(5, '09:59:10')));
  commits.set(hash('e'), Date.parse(day(9, '23:00:00')));
  const journal = new Written()
    // 1 June: 1 h after commit a.
    .deploy('shop', 's1', 'a', good(1, '09:00'))
    // 2 June: 3 h after commit b; a restart and a deploy of the same are no changes.
    .deploy('shop', 's2', 'b', good(2, '09:00'))
    .deploy('shop', 's2', 'b', [{ at: day(2, '10:00:00'), result: 'unchanged' }])
    .deploy('shop', 's2r', 'b', good(2, '11:00'), { kind: 'restart', previous: 's2' })
    // 3 June: commit c takes traffic at 12:00:00, and is rolled back by itself at 12:01:00.
    .deploy('shop', 's3', 'c', [
      { at: day(3, '12:00:00'), type: 'active' },
      { at: day(3, '12:00:40'), type: 'rolling-back' },
      { at: day(3, '12:01:00'), type: 'rolled-back' },
      { at: day(3, '12:01:01'), result: 'rolled-back', code: 'HealthCheckFailed' },
    ])
    // It is held, twice.
    .deploy('shop', 's3', 'c', [{ at: day(3, '13:00:00'), result: 'held' }], { sent: false })
    .deploy('shop', 's3', 'c', [{ at: day(3, '13:05:00'), result: 'held' }], { sent: false })
    // 4 June: the retry of c succeeds, 1 day 12:00:10 after the commit.
    .deploy('shop', 's4', 'c', good(4, '12:00'))
    // 5 June: commit d is verified 1 h 1 min after it was made, and a person rolls it back 2 h after it took traffic.
    .deploy('shop', 's5', 'd', good(5, '11:00'))
    .deploy('shop', 's6', 'c', good(5, '12:59').with(2, { at: day(5, '13:00:00'), result: 'deployed' }), {
      kind: 'rollback',
      previous: 's5',
    })
    // 6 June: a build fails, so nobody sees it; then the spec is wrong, so nothing is sent.
    .deploy('cart', 'c1', 'd', [{ at: day(6, '08:00:00'), result: 'failed', code: 'BuildFailed' }])
    .deploy('cart', 'c2', 'd', [{ at: day(6, '08:10:00'), result: 'failed' }], { sent: false })
    // 7 June: uncommitted changes have no lead time.
    .deploy('cart', 'c3', 'd', good(7, '08:00'), { dirty: true })
    // 8 June: live, not healthy, and nothing to go back to; it is not restored.
    .deploy(
      'cart-eu',
      'e1',
      'd',
      [
        { at: day(8, '08:00:00'), type: 'active' },
        { at: day(8, '08:01:00'), result: 'failed', code: 'HealthCheckFailed' },
      ],
      { of: 'cart' },
    )
    // 9 June: the clock of this machine is 15 hours behind the one that has made the commit.
    .deploy('cart', 'c4', 'e', good(9, '08:00'))
    // The clock jumps ahead by years, and comes back in the middle of a deploy.
    .deploy('cart', 'c5', 'e', [{ at: '2099-01-01T00:00:00.000Z', result: 'deployed' }])
    .deploy('cart', 'c6', 'e', [
      { at: '2099-01-01T00:00:00.000Z', type: 'active' },
      { at: day(10, '08:00:10'), type: 'verified' },
      { at: day(10, '08:00:11'), result: 'deployed' },
    ])
    // Another environment.
    .deploy('shop', 'l1', 'a', good(10, '09:00'), { environment: 'local' });
  const delivery = journal.figures({ shop: ['checkout'], cart: ['checkout', 'basket'] });

  it('counts each day: a version that is rolled back later is a deployment, and a failure', () => {
    expect(delivery.days.map(({ day: one, deployments, failures }) => [one, deployments, failures])).toEqual([
      ['2026-06-01', 1, 0],
      ['2026-06-02', 1, 0],
      ['2026-06-03', 0, 1],
      ['2026-06-04', 1, 0],
      ['2026-06-05', 1, 1],
      ['2026-06-06', 0, 0],
      ['2026-06-07', 1, 0],
      ['2026-06-08', 0, 1],
      ['2026-06-09', 1, 0],
      ['2026-06-10', 1, 0],
      ['2026-06-11', 0, 0],
    ]);
  });

  it('has the figures of the first skill that a person computes', () => {
    // Deployed: s1, s2, s4, s5. Took traffic: those and s3. Failed: s3 and s5.
    // Lead times: 1 h, 3 h, 36 h 10 s, 1 h 1 min -> the two in the middle are 1 h 1 min and 3 h: (3660 + 10800) / 2.
    // Restored: s3 after 60 s, s5 after 2 h: (60 + 7200) / 2.
    expect(delivery.skills.find(({ name }) => name === 'shop')).toEqual({
      name: 'shop',
      deployments: 4,
      deploymentsPerDay: 4 / 10,
      leadTimeSeconds: (3660 + 10800) / 2,
      leadTimes: 4,
      changeFailureRate: 2 / 5,
      changes: 5,
      failures: 2,
      timeToRestoreSeconds: (60 + 7200) / 2,
      restored: 2,
      notRestored: 0,
      failedBefore: 0,
    });
  });

  it('has those of the second one, with what has no lead time and what is not restored', () => {
    // Deployed: c3, c4, c6. Took traffic: those and e1, which failed.
    // Commit e is made after c4 is live, and c6 is the second deployment of it: no lead time.
    expect(delivery.skills.find(({ name }) => name === 'cart')).toEqual({
      name: 'cart',
      deployments: 3,
      deploymentsPerDay: 3 / 10,
      leadTimeSeconds: null,
      leadTimes: 0,
      changeFailureRate: 1 / 4,
      changes: 4,
      failures: 1,
      timeToRestoreSeconds: null,
      restored: 0,
      notRestored: 1,
      failedBefore: 1,
    });
  });

  it('adds them up for all and for each team', () => {
    const sum = {
      deployments: 7,
      deploymentsPerDay: 7 / 10,
      changes: 9,
      failures: 3,
      changeFailureRate: 3 / 9,
    };
    expect(delivery.all).toMatchObject({ ...sum, leadTimeSeconds: 7230, timeToRestoreSeconds: 3630 });
    expect(delivery.teams.map(({ name, deployments }) => [name, deployments])).toEqual([
      ['basket', 3],
      ['checkout', 7],
    ]);
  });

  it('says what it leaves out', () => {
    expect(delivery.leftOut).toEqual({
      unchanged: 1,
      held: 2,
      'not sent': 1,
      clock: 1,
      'commit not known': 1,
      'commit after its deployment': 1,
    });
    expect(delivery.verifiedBy).toEqual({ journal: 7, refs: 0, unknown: 0 });
  });
});

it('counts a deployment once that two runs have followed, and one that a later run has verified', () => {
  const delivery = new Written()
    .deploy('shop', 's1', 'a', good(1, '10:00'))
    .deploy('shop', 's1', 'a', good(1, '10:00'))
    .deploy('shop', 's2', 'b', [
      { at: day(2, '09:59:00'), type: 'written' },
      { at: day(2, '10:00:00'), type: 'active' },
      { at: day(2, '10:00:01'), result: 'interrupted' },
    ])
    .deploy('shop', 's2', 'b', [
      { at: day(2, '10:00:10'), type: 'verified' },
      { at: day(2, '10:00:11'), result: 'unchanged' },
    ])
    .figures();
  // Commit b was made on 2 June at 06:00:10, and verified at 10:00:10.
  expect(delivery.all).toMatchObject({ deployments: 2, changes: 2, failures: 0, leadTimes: 2 });
  expect(delivery.all.leadTimeSeconds).toBe((2 * 3600 + 4 * 3600) / 2);
});

it('counts the deployment of a killed run once a later one has verified it, from its first request', () => {
  const killed = new Written().deploy('shop', 's1', 'a', good(1, '10:00')).deploy('shop', 's2', 'b', [
    { at: day(2, '10:00:00'), type: 'written' },
    { at: day(2, '10:00:05'), type: 'active' },
  ]);
  expect(killed.figures().all).toMatchObject({ deployments: 1, changes: 1 });
  killed.deploy('shop', 's2', 'b', [{ at: day(2, '11:00:00'), result: 'rolled-back' }]);
  // It took traffic at 10:00:05, and was rolled back at 11:00:00.
  expect(killed.figures().all).toMatchObject({ deployments: 1, changes: 2, timeToRestoreSeconds: 3595 });
  killed
    .deploy('shop', 's3', 'c', [{ at: day(4, '12:00:00'), type: 'written' }])
    .deploy('shop', 's3', 'c', [{ at: day(4, '12:00:10'), result: 'unchanged' }])
    .deploy('shop', 's3', 'c', [{ at: day(4, '13:00:10'), result: 'unchanged' }]);
  expect(killed.figures()).toMatchObject({ all: { deployments: 2, changes: 3 }, leftOut: { unchanged: 1 } });
});

it('knows the version that a rollback, a restart, a scale or an automatic rollback has brought back, when that is rolled back', () => {
  const rollback = (from: string, digest: string) => ({ kind: 'rollback' as const, previous: from, digest });
  const journal = new Written()
    .deploy('shop', 's1', 'a', good(1, '10:00'), { digest: 'one' })
    .deploy('shop', 's2', 'b', good(2, '10:00'), { digest: 'two' })
    .deploy('shop', 's3', 'c', good(3, '10:00'), { digest: 'three' })
    // Back to the second, which is scaled and restarted, and then back to the first: two versions have failed.
    .deploy('shop', 's4', 'c', good(3, '11:00'), rollback('s3', 'two'))
    .deploy('shop', 's5', 'c', good(3, '12:00'), { kind: 'scale', previous: 's4', digest: 'two' })
    .deploy('shop', 's6', 'c', good(3, '13:00'), { kind: 'restart', previous: 's5', digest: 'two' })
    .deploy('shop', 's7', 'c', good(3, '14:00'), rollback('s6', 'one'));
  expect(journal.figures()).toMatchObject({
    all: { deployments: 3, changes: 3, failures: 2, restored: 2 },
    leftOut: {},
  });
  journal
    .deploy(
      'shop',
      's8',
      'd',
      [
        { at: day(5, '12:00:00'), type: 'active' },
        { at: day(5, '12:01:00'), result: 'rolled-back' },
      ],
      { digest: 'four', previous: 's7', back: 's9' },
    )
    // What the automatic rollback has brought back, the first, is bad as well.
    .deploy('shop', 's10', 'd', good(6, '12:00'), rollback('s9', 'zero'));
  expect(journal.figures()).toMatchObject({ all: { deployments: 3, changes: 4, failures: 4 }, leftOut: {} });
});

it('takes no time from a clock that went back between a failure and its end', () => {
  const delivery = new Written()
    .deploy('shop', 's1', 'c', [
      { at: day(4, '12:00:00'), type: 'active' },
      { at: day(4, '11:00:00'), type: 'rolled-back' },
      { at: day(4, '11:00:01'), result: 'rolled-back' },
    ])
    .figures();
  expect(delivery.all).toMatchObject({
    failures: 1,
    restored: 0,
    notRestored: 0,
    timeToRestoreSeconds: null,
  });
  expect(delivery.leftOut).toEqual({ 'restored before it failed': 1 });
});

it('has no figure where nothing happened', () => {
  expect(new Written().figures()).toMatchObject({
    all: { deployments: 0, deploymentsPerDay: 0, leadTimeSeconds: null, changeFailureRate: null },
    teams: [],
    skills: [],
    leftOut: {},
  });
});
