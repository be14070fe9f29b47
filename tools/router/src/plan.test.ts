import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig, type RouterConfigInput } from './config.js';
import { Plan, type Progress, stepsOf } from './plan.js';

const minute = 60_000;
const hour = 60 * minute;

type Steps = NonNullable<RouterConfigInput['steps']>;

function configOf(rest: object) {
  const addresses = { live: 'http://shop:8080', canary: 'http://shop-canary:8080' };
  return readConfig(JSON.stringify({ rollout: 'one', ...addresses, ...rest }), 'test');
}

/** A plan that begins at 0. */
function planOf(
  steps: Steps,
  { onTooLittle = 'hold', router = 'a' }: { onTooLittle?: 'hold' | 'go-on' | 'abort'; router?: string } = {},
): Plan {
  return new Plan(stepsOf(configOf({ steps })), router, { earliest: 0, latest: 0 }, onTooLittle);
}

describe('a step', () => {
  it('ends when its time has passed, its requests were seen and it was approved, and no earlier', () => {
    const plan = planOf([
      { weight: 1, for: '5m', requests: 100, approve: true },
      { weight: 50, for: '1h' },
    ]);
    plan.look(5 * minute - 1);
    expect(plan.waitsFor(5 * minute - 1)).toEqual(['time', 'requests', 'approval']);
    plan.count(99);
    plan.look(6 * minute);
    expect(plan.waitsFor(6 * minute)).toEqual(['requests', 'approval']);
    plan.count(100);
    plan.look(7 * minute);
    expect([plan.index, plan.waitsFor(7 * minute)]).toEqual([0, ['approval']]);
    plan.approve(0);
    plan.look(8 * minute);
    expect([plan.index, plan.since, plan.step.weight]).toEqual([1, 8 * minute, 50]);
    plan.look(68 * minute);
    expect([plan.isDone, plan.step.weight]).toEqual([true, 50]);
  });

  it('begins at its start, and one that waits for nothing ends at once', () => {
    const plan = planOf([{ weight: 1 }, { weight: 2, for: '1m' }]);
    plan.look(-1);
    expect(plan.index).toBe(0);
    plan.look(0);
    expect(plan.index).toBe(1);
  });

  it('takes its weight from the one before, and its copies from "shadow" or itself', () => {
    const shadow = { share: 5 };
    const steps = [{ for: '1m' }, { shadow: 20, for: '1m' }, { weight: 10 }, { approve: true }];
    expect(
      stepsOf(configOf({ shadow, steps })).map(({ weight, share, deadlineMs }) => [
        weight,
        share,
        deadlineMs,
      ]),
    ).toEqual([
      [0, 5, 10 * minute],
      [0, 20, 10 * minute],
      [10, 5, 10 * minute],
      [10, 5, 24 * hour],
    ]);
  });
});

describe('a deadline', () => {
  const few: Steps = [
    { weight: 1, requests: 10, for: '5m' },
    { weight: 50, for: '1h' },
  ];

  it('without enough requests holds the rollout, and after a day puts the canary out', () => {
    const plan = planOf(few);
    plan.count(3);
    expect(plan.look(20 * minute - 1)).toBeUndefined();
    expect(plan.held).toBeUndefined();
    plan.look(20 * minute);
    expect(plan.held?.because).toBe('Step 1 had 3 of 10 requests to the canary at its deadline.');
    // Requests that come late do not let it go on behind the back of whoever was told that it is held.
    plan.count(20);
    expect(plan.look(24 * hour)).toBeUndefined();
    expect(plan.index).toBe(0);
    expect(plan.look(24 * hour + 20 * minute)).toMatch(/^The rollout was held for 24 hours, .* 3 of 10/);
  });

  it('goes on or aborts where the rule says so', () => {
    const goesOn = planOf(few, { onTooLittle: 'go-on' });
    expect(goesOn.look(20 * minute)).toBeUndefined();
    expect([goesOn.index, goesOn.since]).toEqual([1, 20 * minute]);
    expect(planOf(few, { onTooLittle: 'abort' }).look(20 * minute)).toMatch(/^Step 1 had 0 of 10/);
  });

  it.each([
    ['hold', undefined],
    ['go-on', undefined],
    ['abort', 'Step 1 was not approved before its deadline.'],
  ] as const)(
    'without an approval and with the rule "%s" never goes on by itself',
    (onTooLittle, because) => {
      const plan = planOf(
        [
          { approve: true, deadline: '1h' },
          { weight: 1, for: '1m' },
        ],
        { onTooLittle },
      );
      expect(plan.look(hour)).toBe(because);
      expect(plan.index).toBe(0);
      if (because) return;
      plan.approve(0);
      plan.look(hour + 1);
      expect([plan.index, plan.held]).toEqual([1, undefined]);
    },
  );

  it('that was missed for want of requests is answered by going on: with the next step', () => {
    const plan = planOf(few);
    plan.look(20 * minute);
    plan.goOn('we know', 30 * minute);
    plan.look(30 * minute);
    expect([plan.index, plan.since, plan.held]).toEqual([1, 30 * minute, undefined]);
  });
});

describe('a hold', () => {
  it('stops the steps until it ends; the deadline then begins again', () => {
    const plan = planOf([
      { weight: 1, requests: 1, for: '5m' },
      { weight: 50, for: '1h' },
    ]);
    plan.hold('let me look', minute);
    plan.count(1);
    plan.look(10 * hour);
    expect([plan.index, plan.held?.because]).toEqual([0, 'let me look']);
    plan.goOn('fine', 10 * hour);
    plan.count(0);
    plan.look(10 * hour + 1);
    expect([plan.held, plan.until]).toEqual([undefined, 10 * hour + 20 * minute]);
    plan.count(1);
    plan.look(10 * hour + 2);
    expect(plan.index).toBe(1);
  });
});

describe('what routers know', () => {
  const steps: Steps = [
    { weight: 1, requests: 10 },
    { weight: 10, requests: 10, approve: true },
    { weight: 50, for: '1h' },
  ];

  it('adds up: requests of all of them count, also of one that was restarted', () => {
    const [a, b, restarted] = ['a', 'b', 'a again'].map((router) => planOf(steps, { router })) as [
      Plan,
      Plan,
      Plan,
    ];
    a.count(6);
    b.merge(a.progress);
    restarted.merge(b.progress);
    restarted.count(1);
    b.merge(restarted.progress);
    b.merge(restarted.progress);
    b.count(2);
    b.look(1);
    expect([b.index, b.waitsFor(1)]).toEqual([0, ['requests']]);
    b.count(3);
    b.look(1);
    expect(b.index).toBe(1);
  });

  it('is the furthest step, every approval and the last word on holding, in whichever order it comes', () => {
    const known = (): fc.Arbitrary<Progress> =>
      fc.record({
        index: fc.integer({ min: 0, max: 3 }),
        since: fc.integer({ min: 0, max: 5 }),
        approved: fc.subarray([0, 1, 2]),
        hold: fc.option(
          fc.record({
            on: fc.boolean(),
            at: fc.integer({ min: 0, max: 3 }),
            because: fc.constant('x'),
            ofStep: fc.constant(null),
          }),
        ),
        counted: fc.dictionary(fc.constantFrom('b', 'c'), fc.nat(9)),
      });
    const merged = (all: Progress[]): Progress => {
      const plan = planOf(steps);
      for (const one of all) plan.merge(one);
      const { progress } = plan;
      return { ...progress, approved: progress.approved.sort() };
    };
    fc.assert(
      fc.property(fc.array(known(), { maxLength: 4 }), (all) => {
        const expected = merged(all);
        expect(merged([...all].reverse())).toEqual(expected);
        expect(merged([...all, ...all])).toEqual(expected);
        expect(expected.index).toBe(Math.max(0, ...all.map(({ index }) => index)));
      }),
    );
  });
});

describe('steps that cannot be', () => {
  it.each([
    [{ steps: [{ weight: 5 }, { weight: 1 }] }, 'steps/1/weight: goes down from 5 to 1: abort instead'],
    [{ steps: [{ weight: 101 }] }, 'steps/0/weight: Too big: expected number to be <=100'],
    [
      { steps: [{ requests: 5 }] },
      'steps/0/requests: the canary has none at weight 0 without shadow traffic',
    ],
    [{ steps: [{ for: '2h', deadline: '1h' }] }, 'steps/0/deadline: is shorter than "for"'],
    [{ steps: [{ for: '5 min' }] }, 'steps/0/for: expected a duration such as 30s, 5m or 2h'],
    [{}, '(all): expected either "weight" or "steps"'],
    [{ weight: 1, steps: [{ weight: 1 }] }, '(all): expected either "weight" or "steps"'],
    [{ weight: 0, shadow: {} }, 'shadow/share: expected a percentage'],
  ])('%j are refused', (rest, message) => {
    expect(() => configOf(rest)).toThrow(`test: ${message}`);
  });
});
