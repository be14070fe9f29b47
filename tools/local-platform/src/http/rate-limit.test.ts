import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { TurnedClock } from '../testing/turned-clock.test.helper.js';
import { SlidingCounter } from './rate-limit.js';

const minute = 60_000;
const hour = 3_600_000;

describe('the rate limit', () => {
  it('refuses a call exactly when it would exceed the limit of a minute or an hour', () => {
    const pauses = fc.array(fc.oneof(fc.nat(30_000), fc.nat(hour)), { maxLength: 120 });
    fc.assert(
      fc.property(
        pauses,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 5, max: 12 }),
        (pauses, perMinute, perHour) => {
          const clock = new TurnedClock();
          const counter = new SlidingCounter({ perMinute, perHour }, clock);
          const accepted: number[] = [];
          for (const pause of pauses) {
            clock.turn(pause);
            const since = (ms: number) => accepted.filter((time) => time > clock.now() - ms).length;
            const fits = since(minute) < perMinute && since(hour) < perHour;
            const { refused, headers } = counter.take();
            expect(refused).toBe(!fits);
            if (!refused) accepted.push(clock.now());
            expect(headers['ratelimit-remaining']).toBe(perHour - since(hour));
          }
        },
      ),
    );
  });

  it('sends retry-after for a refused burst, and accepts calls again then', () => {
    const clock = new TurnedClock();
    const counter = new SlidingCounter({ perMinute: 2, perHour: 10 }, clock);
    counter.take();
    clock.turn(10_500);
    counter.take();
    const seconds = counter.take().headers['retry-after'] ?? NaN;
    expect(seconds).toBe(50);
    clock.turn(seconds * 1000);
    expect(counter.take().refused).toBe(false);
  });

  it('sends only the reset time when the limit of the hour is used up', () => {
    const clock = new TurnedClock();
    const counter = new SlidingCounter({ perMinute: 10, perHour: 2 }, clock);
    const oldest = clock.now();
    counter.take();
    counter.take();
    clock.turn(2 * minute);
    const { refused, headers } = counter.take();
    expect(refused).toBe(true);
    expect(headers).toEqual({
      'ratelimit-limit': 2,
      'ratelimit-remaining': 0,
      'ratelimit-reset': (oldest + hour) / 1000,
    });
  });
});

describe('a platform with a rate limit', () => {
  const rateLimit = { perMinute: 3, perHour: 100 };

  it('answers 429 as App Platform does, and does not execute the call', async () => {
    const clock = new TurnedClock();
    const test = await testPlatform({ progression: 'manual', rateLimit, clock });
    for (const left of ['99', '98', '97']) {
      const { status, headers } = await test.call('GET', '/v2/apps');
      expect([status, headers.get('ratelimit-remaining')]).toEqual([200, left]);
    }
    const refused = await test.call('POST', '/v2/apps', { spec: specOf('shop', noDigest) });
    expect(refused).toMatchObject({ status: 429, body: { id: 'too_many_requests' } });
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(refused.headers.get('ratelimit-limit')).toBe('100');
    clock.turn(minute);
    expect((await test.call<{ apps: unknown[] }>('GET', '/v2/apps')).body.apps).toEqual([]);
  });

  it('counts neither the text of a log nor a call without the token', async () => {
    const test = await testPlatform({ progression: 'manual', rateLimit, clock: new TurnedClock() });
    for (let calls = 0; calls < 5; calls += 1) {
      expect((await fetch(`${test.platform.url}/logs/a/b/c/RUN?signature=x`)).status).not.toBe(429);
      expect((await fetch(`${test.platform.url}/v2/apps`)).status).toBe(401);
    }
    expect((await test.call('GET', '/v2/apps')).headers.get('ratelimit-remaining')).toBe('99');
  });

  it('has no limit by default', async () => {
    const test = await testPlatform({ progression: 'manual' });
    await Promise.all(Array.from({ length: 260 }, () => test.call('GET', '/v2/apps')));
    const { status, headers } = await test.call('GET', '/v2/apps');
    expect([status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')]).toEqual([
      200,
      '5000',
      '4999',
    ]);
  });
});
