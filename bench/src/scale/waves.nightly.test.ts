import { AppPlatformClient, RateLimiter } from '@odoobo/app-platform';
import { startPlatform } from '@odoobo/local-platform';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writtenApps } from './earliest-end.js';
import { deployAll, noDeadlineMs } from './methods.js';
import { scaledClock } from './scaled-clock.js';
import { deployedVersion, expectedEnd, requestsOf, type Scenario, simulationOf } from './scenario.js';

const scenario: Scenario = { apps: 1000, deploys: 'short', failing: 0.03, waves: [1, 2, 2, 3, 3] };

// `npm run bench -- scale` measures how long it takes.
it('200 skills at 5 placements in 3 waves, of which 3 % fail: only waves after a failure of their skill are held', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'waves-'));
  const clock = scaledClock(10, Date.now());
  const platform = await startPlatform({
    directory,
    progression: { simulate: (spec) => simulationOf(scenario, spec) },
    rateLimit: { perMinute: 250, perHour: 5_000 },
    clock,
  });
  const limiter = new RateLimiter({ clock });
  const client = new AppPlatformClient({ ...platform, clock, limiter, callTimeoutMs: noDeadlineMs });
  try {
    const requests = requestsOf(scenario, deployedVersion, noDeadlineMs);
    const ended = await deployAll(requests, { client, clock, oneAtATime: false });
    const expected = ended.map((_, index) => expectedEnd(scenario, index));
    expect(ended.map(({ outcome }) => outcome)).toEqual(expected);
    expect(platform.requests.length).toBeLessThan(1.25 * writtenApps(scenario).length);
  } finally {
    await client.close();
    await platform.close();
    await rm(directory, { recursive: true, force: true });
  }
}, 300_000);
