import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAgainst } from '../spec/index.js';
import { heldAt, scaleScheduleSchema } from './scale-schedule.js';

const parse = (...entries: object[]) => scaleScheduleSchema.parse(entries);
const at = (time: string) => Date.parse(time);
const instancesAt = (schedule: ReturnType<typeof parse>, time: string) =>
  heldAt(schedule, at(time))?.sizes.map(({ instances }) => instances);

const office = parse(
  { cron: '0 8 * * 1-5', zone: 'Europe/Berlin', instances: 4 },
  { cron: '0 20 * * 1-5', zone: 'Europe/Berlin', instances: 1 },
);

describe('what holds', () => {
  it.each([
    ['a minute before it begins', '2026-11-30T06:59:59Z', 1],
    ['the second it begins', '2026-11-30T07:00:00Z', 4],
    ['for a runner that is an hour late', '2026-11-30T08:00:00Z', 4],
    ['in the evening', '2026-11-30T19:00:00Z', 1],
    ['over the weekend', '2026-11-29T12:00:00Z', 1],
    ['in summer, an hour earlier by UTC', '2026-07-01T06:00:00Z', 4],
    ['in summer, a minute before', '2026-07-01T05:59:00Z', 1],
  ])('%s', (_, time, instances) => {
    expect(instancesAt(office, time)).toEqual([instances]);
  });

  it('of a time that the change to summer time skips, from an hour later', () => {
    const night = parse(
      { cron: '0 1 * * *', zone: 'Europe/Berlin', instances: 2 },
      { cron: '30 2 * * *', zone: 'Europe/Berlin', instances: 1 },
    );
    expect(instancesAt(night, '2026-03-29T00:59:00Z')).toEqual([2]);
    expect(instancesAt(night, '2026-03-29T01:30:00Z')).toEqual([1]);
  });

  it('of a time that the change back repeats, from the first of both, once', () => {
    const night = parse(
      { cron: '30 2 * * *', zone: 'Europe/Berlin', instances: 1 },
      { cron: '45 2 * * *', zone: 'Europe/Berlin', instances: 3 },
    );
    expect(instancesAt(night, '2026-10-25T00:30:00Z')).toEqual([1]);
    expect(instancesAt(night, '2026-10-25T00:45:00Z')).toEqual([3]);
    expect(instancesAt(night, '2026-10-25T01:31:00Z')).toEqual([3]);
  });

  it('of two times that are skipped, one after the other, and of one that follows the change', () => {
    const night = parse(
      { cron: '0 3 * * *', zone: 'Europe/Berlin', instances: 5 },
      { cron: '30 2 * * *', zone: 'Europe/Berlin', instances: 1 },
      { cron: '45 2 * * *', zone: 'Europe/Berlin', instances: 3 },
    );
    const times = ['01:01', '01:31', '01:46', '12:00'].map((time) => `2026-03-29T${time}:00Z`);
    expect(times.map((time) => instancesAt(night, time))).toEqual([[5], [1], [3], [3]]);
    expect(instancesAt(night, '2026-03-30T02:00:00Z')).toEqual([5]);
  });

  it('is the same for all clocks of the world, but for their offset', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: at('2026-01-01'), max: at('2027-01-01') }),
        (zone, hour, now) => {
          const since = JSON.parse(
            heldAt(parse({ cron: `15 ${hour} * * *`, zone, instances: 1 }), now)?.key ?? '',
          ) as [{ since: number }];
          const age = now - since[0].since;
          // A day has 25 hours at most; the time before a skipped one may be an hour older.
          expect(age).toBeGreaterThanOrEqual(0);
          expect(age).toBeLessThanOrEqual(26 * 3_600_000);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is archived as long as the last of all entries says so, and names no size then', () => {
    const nights = parse(
      { cron: '0 8 * * 1-5', instances: 4 },
      { cron: '0 20 * * 1-5', instances: 1 },
      { cron: '0 23 * * 5', archive: true },
    );
    const held = (time: string) => {
      const { sizes, archive } = heldAt(nights, at(time)) ?? {};
      return { archive, instances: sizes?.map(({ instances }) => instances) };
    };
    expect(held('2026-11-27T21:00:00Z')).toEqual({ archive: false, instances: [1] });
    expect(held('2026-11-28T12:00:00Z')).toEqual({ archive: true, instances: [] });
    expect(held('2026-11-30T08:00:00Z')).toEqual({ archive: false, instances: [4] });
    expect(heldAt(office, at('2026-11-30T08:00:00Z'))).not.toHaveProperty('archive');
  });

  it('of two at one minute is the later one in the list, for each component', () => {
    const both = parse(
      { cron: '0 8 * * *', instances: 4, component: 'web' },
      { cron: '0 8 * * *', instances: 5, component: 'web' },
      { cron: '0 6 * * *', instances: 2, component: 'jobs' },
    );
    expect(instancesAt(both, '2026-11-30T09:00:00Z')).toEqual([5, 2]);
  });

  it('changes at no other time than those it names', () => {
    const minute = 60_000;
    fc.assert(
      fc.property(fc.integer({ min: at('2026-01-01'), max: at('2027-01-01') }), (now) => {
        const [before] = heldAt(office, now)?.sizes ?? [];
        const [after] = heldAt(office, now + minute)?.sizes ?? [];
        const time = new Intl.DateTimeFormat('en-GB', {
          timeZone: 'Europe/Berlin',
          hour: '2-digit',
          minute: '2-digit',
        });
        if (before?.instances !== after?.instances)
          expect(['08:00', '20:00']).toContain(time.format(now + minute));
      }),
      { numRuns: 200 },
    );
  });
});

it.each([
  [{ cron: '61 8 * * *', instances: 1 }, /0\/cron: expected minute, hour/],
  [{ cron: '0 0 30 2 *', instances: 1 }, /0\/cron: .*names no day that ever comes/],
  [
    { cron: '0 8 * * *', zone: 'Mars/Olympus', instances: 1 },
    /0\/zone: expected a time zone such as Europe\/Berlin/,
  ],
  [{ cron: '0 8 * * *' }, /0: expected a size: instances, size, or min and max/],
  [{ cron: '0 8 * * *', instances: 0 }, /0\/instances/],
  [{ cron: '0 8 * * *', instances: 2, max: 3 }, /0: instances and min or max contradict each other/],
  [{ cron: '0 8 * * *', archive: true, instances: 1 }, /0: archive ends all that the app runs/],
  [{ cron: '0 8 * * *', archive: true, component: 'web' }, /0: archive ends all that the app runs/],
  [{ cron: '0 8 * * *', min: 4, max: 3 }, /0: min 4 is more than max 3/],
])('refuses %j', (entry, message) => {
  const check = checkAgainst(scaleScheduleSchema, [entry]);
  expect(check.ok ? '' : check.issues.map(({ path, message }) => `${path}: ${message}`).join('\n')).toMatch(
    message,
  );
});
