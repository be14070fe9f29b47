import { expect, it } from 'vitest';
import type { AppSpec } from '../spec/index.js';
import { scaleScheduleSchema } from './scale-schedule.js';
import { scheduleCost } from './schedule-cost.js';

const spec: AppSpec = {
  name: 'shop',
  services: [{ name: 'web', instance_size_slug: 'apps-s-1vcpu-1gb', instance_count: 4 }],
};
const monday = Date.parse('2026-11-30T00:00:00Z');
const cost = (...entries: object[]) => scheduleCost(spec, scaleScheduleSchema.parse(entries), monday);

it.each([
  [
    'half the day',
    [
      { cron: '0 8 * * *', instances: 4 },
      { cron: '0 20 * * *', instances: 2 },
    ],
    36,
  ],
  [
    'archived at the weekend',
    [
      { cron: '0 0 * * 1', instances: 4 },
      { cron: '0 0 * * 6', archive: true },
    ],
    (48 * 5) / 7,
  ],
  [
    'more by day',
    [
      { cron: '0 6 * * *', instances: 6 },
      { cron: '0 18 * * *', instances: 4 },
    ],
    60,
  ],
  ['always the same, every minute', [{ cron: '* * * * *', instances: 1 }], 12],
])('of a schedule that is %s', (_, entries, dollars) => {
  const { without, with: average } = cost(...entries) ?? {};
  expect(without).toBe(48);
  expect(average).toBeCloseTo(dollars, 1);
});

it('is unknown where a price is, or a component is not there', () => {
  expect(cost({ cron: '0 8 * * *', size: 'basic-xxs' })).toBeUndefined();
  expect(cost({ cron: '0 8 * * *', instances: 1, component: 'mail' })).toBeUndefined();
});
