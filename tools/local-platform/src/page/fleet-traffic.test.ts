import { expect, it } from 'vitest';
import { specOf, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import type { FleetTrafficAnswer } from './answers.js';
import { together } from './fleet-traffic.js';

it('adds up what the apps were asked in each period, and names the slowest', () => {
  const one = { at: [10.2, 20.2], p50: [1, null], p95: [5, null], requests: [3, 0], failures: [1, 0] };
  const other = { at: [10.3, 20.3], p50: [1, 2], p95: [2, 9], requests: [4, 2], failures: [0, 2] };
  expect(together([one, other])).toEqual({
    at: [10, 20],
    requests: [7, 2],
    failures: [1, 2],
    slowest: [5, 9],
  });
  expect(together([])).toEqual({ at: [], requests: [], failures: [], slowest: [] });
});

it('counts the requests to all apps', async () => {
  const test = await testPlatform();
  const image = await test.image(goodService('one'));
  const apps = await Promise.all(['shop', 'till'].map((name) => test.deploy(specOf(name, image))));
  for (const { live_url: url } of apps) for (let n = 0; n < 5; n += 1) await (await fetch(url ?? '')).text();
  const { requests, failures, slowest } = (await test.call<FleetTrafficAnswer>('GET', '/page/traffic')).body;
  const sum = (all: number[]) => all.reduce((total, each) => total + each, 0);
  expect(sum(requests)).toBeGreaterThanOrEqual(10);
  expect(sum(failures)).toBe(0);
  expect(slowest.some((ms) => ms !== null && ms > 0)).toBe(true);
});
