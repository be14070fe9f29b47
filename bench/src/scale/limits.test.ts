import { AppPlatformClient, RateLimiter } from '@odoobo/app-platform';
import { startPlatform } from '@odoobo/local-platform';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deployAll, noDeadlineMs } from './methods.js';
import { scaledClock } from './scaled-clock.js';
import { deployedVersion, expectedEnd, requestsOf, type Scenario, simulationOf } from './scenario.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'limits-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

it('a fleet that is larger than the limit of a minute is never refused, and every state is right', async () => {
  const scenario: Scenario = { apps: 60, deploys: 'short', failing: 0.1 };
  // A minute passes in a second, so the calls' own time is a large part of it.
  const clock = scaledClock(60, Date.now());
  const rateLimit = { perMinute: 25, perHour: 500 };
  let refused = 0;
  const platform = await startPlatform({
    directory,
    progression: { simulate: (spec) => simulationOf(scenario, spec) },
    rateLimit,
    requestLog: join(directory, 'calls.jsonl'),
    clock,
  });
  const limiter = new RateLimiter({ clock, ...rateLimit });
  const client = new AppPlatformClient({ ...platform, clock, limiter, callTimeoutMs: noDeadlineMs });
  try {
    const requests = requestsOf(scenario, deployedVersion, noDeadlineMs);
    const ended = await deployAll(requests, { client, clock, oneAtATime: false });
    const states = requests.map((_, index) => expectedEnd(scenario, index));
    expect(ended.map(({ outcome }) => outcome)).toEqual(states);
    // Calls beyond the limit are refused, and the platform logs that.
    const headers = { authorization: `Bearer ${platform.token}` };
    const greedy = await Promise.all(
      Array.from({ length: 26 }, () => fetch(`${platform.url}/v2/apps`, { headers })),
    );
    refused = greedy.filter(({ status }) => status === 429).length;
    expect(refused).toBeGreaterThan(0);
  } finally {
    await client.close();
    await platform.close();
  }
  const calls = await readFile(join(directory, 'calls.jsonl'), 'utf8');
  expect(calls.match(/"status":429/g)).toHaveLength(refused);
}, 60_000);
