import { describe, expect, it } from 'vitest';
import { Judge, type Rules } from './judge.js';
import { type Service, Traffic } from './traffic.test.helper.js';

const percent = (failures: number): Service => ({ failures: failures / 100, medianMs: 20 });

/** How many requests the canary had answered, and failed, when it was found to be bad; undefined if it was not. */
function untilBad(
  seed: number,
  weight: number,
  live: Service,
  canary: Service,
  rules: Rules,
  atMost: number,
) {
  const judge = new Judge(rules);
  const traffic = new Traffic(seed, weight, { live, canary });
  const seen = { requests: 0, failures: 0 };
  while (seen.requests < atMost) {
    const { variant, outcome } = traffic.next();
    judge.saw(variant, outcome);
    if (variant !== 'canary') continue;
    seen.requests += 1;
    if (outcome.failed) seen.failures += 1;
    if (judge.isBad) return seen;
  }
  return undefined;
}

function rollouts(
  count: number,
  weight: number,
  live: Service,
  canary: Service,
  rules: Rules,
  atMost: number,
) {
  return Array.from({ length: count }, (_, seed) => untilBad(seed, weight, live, canary, rules, atMost));
}

const onePercent: Rules = { falseAborts: 0.01, p95: { worseBy: 0 } };

describe('a canary', () => {
  // A router has requests to live between those to a canary that fails, whatever its weight: then it is never more than 5.
  it.each([0.001, 0.01, 0.1])(
    'that fails every request is bad after at most 5 in nine of ten rollouts at a weight of %s',
    (weight) => {
      for (const live of [0, 1]) {
        const found = rollouts(40, weight, percent(live), percent(100), onePercent, 5);
        expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(36);
      }
    },
  );

  it('that fails 5 % where live fails 1 % is bad within 500 requests in nine of ten rollouts', () => {
    const found = rollouts(40, 0.1, percent(1), percent(5), onePercent, 500);
    expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(36);
  });

  it('whose times are longer by half is bad within 1,000 requests in nine of ten rollouts', () => {
    const slower = { failures: 0.01, medianMs: 30 };
    const found = rollouts(40, 0.1, percent(1), slower, onePercent, 1000);
    expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(36);
  });

  it('that is the same version is called bad no more often than was asked', () => {
    const rules: Rules = { falseAborts: 0.1, maxFailures: 0.05, p95: { worseBy: 0 } };
    const found = [0, 0.1, 1, 5].flatMap((rate) =>
      rollouts(75, 0.2, percent(rate), percent(rate), rules, 400),
    );
    expect(found.filter(Boolean).length).toBeLessThanOrEqual(0.1 * found.length);
  });

  it('that repairs a bad version is good', () => {
    const judge = new Judge(onePercent);
    const traffic = new Traffic(1, 0.1, { live: percent(60), canary: percent(5) });
    for (let i = 0; i < 5000; i++) {
      const { variant, outcome } = traffic.next();
      judge.saw(variant, outcome);
    }
    expect(judge.verdict(200).answer).toBe('good');
  });

  it('that is slower by less than was allowed is not bad', () => {
    const rules: Rules = { falseAborts: 0.01, p95: { worseBy: 0.5 } };
    const found = rollouts(20, 0.3, percent(0), { failures: 0, medianMs: 28 }, rules, 3000);
    expect(found.filter(Boolean)).toEqual([]);
  });

  it('that fails fast is no quick one: only requests that succeeded are timed', () => {
    const judge = new Judge({ falseAborts: 0.01, p95: { worseBy: 0 } });
    for (let i = 0; i < 300; i++) {
      judge.saw('live', { failed: false, ms: 100 });
      judge.saw('canary', i % 2 ? { failed: true, ms: 1 } : { failed: false, ms: 100 });
    }
    expect(judge.verdict(1).canary).toEqual({
      requests: 300,
      failures: 150,
      p95Ms: expect.closeTo(100, -0.5),
    });
  });

  it('over the absolute bound is bad even when live fails as often, and without any request to live', () => {
    const rules: Rules = { falseAborts: 0.01, maxFailures: 0.02 };
    const both = rollouts(10, 0.5, percent(40), percent(40), rules, 200);
    expect(both.filter(Boolean).length).toBe(10);
    const alone = new Judge(rules);
    for (let i = 0; i < 10; i++) alone.saw('canary', { failed: true, ms: 1 });
    expect(alone.verdict(1)).toMatchObject({
      answer: 'bad',
      because: expect.stringContaining('The canary fails more than 2 % of its requests'),
    });
  });
});

describe('a verdict', () => {
  it('is "too little" until enough was seen, and of both', () => {
    const judge = new Judge(onePercent);
    for (let i = 0; i < 50; i++) judge.saw('canary', { failed: false, ms: 10 });
    expect(judge.verdict(20)).toMatchObject({
      answer: 'too little',
      because: 'No request to live was seen, so there is nothing to compare the canary to.',
    });
    judge.saw('live', { failed: false, ms: 10 });
    expect(judge.verdict(200)).toMatchObject({
      answer: 'too little',
      because: 'The canary has answered 50 of the 200 requests that are asked for.',
    });
    expect(judge.verdict(20)).toMatchObject({
      answer: 'good',
      because:
        '0 of 50 requests to the canary failed, 0 of 1 to live: nothing shows that the canary is worse.',
    });
  });

  it('"bad" says why in numbers, and is final', () => {
    const judge = new Judge(onePercent);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 9; j++) judge.saw('live', { failed: false, ms: 10 });
      judge.saw('canary', { failed: true, ms: 10 });
    }
    const verdict = judge.verdict(1);
    expect(verdict.answer).toBe('bad');
    expect(verdict.because).toMatch(
      /^The canary fails more often \((\d) of \1 requests to the canary failed, 0 of \d+ to live\)\. The evidence is \d+ to 1; 100 to 1 was asked\.$/,
    );
    for (let i = 0; i < 500; i++) {
      judge.saw('live', { failed: true, ms: 10 });
      judge.saw('canary', { failed: false, ms: 10 });
    }
    expect(judge.verdict(1)).toMatchObject({ answer: 'bad', because: verdict.because });
  });

  it.each([
    [{ falseAborts: 0 }, 'falseAborts: expected a number over 0 and below 1, such as 0.01 for 1 %, got 0'],
    [{ falseAborts: 1 }, 'falseAborts: expected a number over 0 and below 1, such as 0.01 for 1 %, got 1'],
    [
      { falseAborts: Number.NaN },
      'falseAborts: expected a number over 0 and below 1, such as 0.01 for 1 %, got NaN',
    ],
    [
      { falseAborts: 0.01, maxFailures: 2 },
      'maxFailures: expected a number over 0 and below 1, such as 0.01 for 1 %, got 2',
    ],
    [
      { falseAborts: 0.01, p95: { worseBy: -0.1 } },
      'p95.worseBy: expected 0 or more, such as 0.2 for a fifth, got -0.1',
    ],
  ])('cannot be asked by a rule out of its range: %j', (rules, message) => {
    expect(() => new Judge(rules)).toThrow(new RangeError(message));
  });
});
