import { expect, it } from 'vitest';
import { sendDelivery } from '../client/send-delivery.js';
import type { DeliveryReport } from '../state/delivery-report.js';
import { testPlatform } from '../testing/platform.test.helper.js';

const signal = AbortSignal.timeout(30_000);

const figures = {
  deployments: 9,
  deploymentsPerDay: 0.3,
  leadTimeSeconds: 7_200,
  changeFailureRate: 0.1,
  changes: 10,
  failures: 1,
  timeToRestoreSeconds: null,
  notRestored: 1,
};
const report: DeliveryReport = {
  since: '2026-06-01T00:00:00.000Z',
  until: '2026-07-01T00:00:00.000Z',
  all: figures,
  skills: [{ name: 'shop', ...figures }],
  days: [{ day: '2026-06-01', deployments: 9, failures: 1 }],
};

it('shows the delivery figures that were sent last, on the page and in the metrics', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const { url, token } = test.platform;
  const read = async (path: string) =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(await (await read('/page/delivery')).json()).toEqual({ delivery: null });
  expect(await sendDelivery(test.platform, report, signal)).toBe(true);
  expect(await (await read('/page/delivery')).json()).toEqual({ delivery: report });
  const text = await (await read('/metrics')).text();
  expect(text).toContain('\ndelivery_lead_time_seconds{skill="shop"} 7200\n');
  expect(text).toContain('\ndelivery_change_failures{skill="shop"} 1\n');
  expect(text).not.toContain('delivery_time_to_restore_seconds{');
});

it('refuses figures without the token, and what are none', async () => {
  const { platform } = await testPlatform({ progression: 'manual' });
  await expect(sendDelivery({ ...platform, token: 'wrong' }, report, signal)).rejects.toThrow('answered 401');
  await expect(sendDelivery(platform, { ...report, since: 'yesterday' }, signal)).rejects.toThrow(
    'answered 400',
  );
});
