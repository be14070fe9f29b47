import { expect, it } from 'vitest';
import { specOf, testPlatform } from '../testing/platform.test.helper.js';
import { formats, metricsText } from './metrics-text.js';
import { TrafficFamilies } from './traffic-families.js';

const apps = 1_000;
const mostMs = 200;

/** The median of the processor's time for some rounds, after one that loads what is needed. */
async function medianMs(work: () => Promise<unknown>): Promise<number> {
  await work();
  const took: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / 1000);
  }
  return took.sort((a, b) => a - b)[3] ?? Infinity;
}

it(`writes the requests of ${apps} apps in less than ${mostMs} ms`, async () => {
  const counts = {
    component: 'web',
    answers: [0, 1_000, 0, 12, 3],
    // From 1 ms to 4 ms, without a gap.
    times: Array.from({ length: 30 }, (_, bucket): [number, number] => [50 + bucket, 34]),
  };
  const instance = { component: 'web', instance: 'web-0', answers: 1_015, failures: 3 };
  const requests = new TrafficFamilies();
  let seconds = 12.3;
  const ms = await medianMs(() => {
    // Each app has answered more since the last scrape.
    seconds += 0.1;
    const one = { components: [{ ...counts, seconds }], instances: [instance] };
    const traffic = new Map(Array.from({ length: apps }, (_, n) => [`app-${n}`, one] as const));
    return metricsText(requests.families(traffic), formats.prometheus);
  });
  process.stdout.write(`requests of ${apps} apps: ${ms.toFixed(0)} ms\n`);
  expect(ms).toBeLessThan(mostMs);
});

it(`answers a scrape of ${apps} deployed apps in less than ${mostMs} ms`, async () => {
  const test = await testPlatform({ progression: { simulate: () => ({}) } });
  for (let n = 0; n < apps; n += 1) await test.create(specOf(`app-${n}`, `sha256:${'1'.repeat(64)}`));
  const headers = { authorization: `Bearer ${test.platform.token}` };
  const scrape = async () => (await fetch(`${test.platform.url}/metrics`, { headers })).text();
  const ms = await medianMs(scrape);
  process.stdout.write(`a scrape of ${apps} apps: ${ms.toFixed(0)} ms\n`);
  expect((await scrape()).match(/^app_deployments_total\{/gm)).toHaveLength(apps);
  expect(ms).toBeLessThan(mostMs);
}, 300_000);
