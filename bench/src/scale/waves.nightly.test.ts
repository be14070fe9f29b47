import { AppPlatformClient, type DeployRequest, RateLimiter } from '@odoobo/app-platform';
import { startPlatform } from '@odoobo/local-platform';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deployAll, noDeadlineMs } from './methods.js';
import { scaledClock } from './scaled-clock.js';
import { deployedVersion, fails, requestsOf, type Scenario, simulationOf } from './scenario.js';

const skills = 200;
/** The wave of each of the five placements of a skill. */
const waves = [1, 2, 2, 3, 3];
const scenario: Scenario = { apps: skills * waves.length, deploys: 'short', failing: 0.03 };
/** A wave of simulated deployments takes half a minute, and 250 apps are written in a minute. */
const [deployMs, minute, writesAMinute] = [30_000, 60_000, 250];

/** The apps of a skill are next to each other. */
function indexes(skill: number, wave: number): number[] {
  return waves.flatMap((one, placement) => (one === wave ? [skill * waves.length + placement] : []));
}

function requestsInWaves(): DeployRequest[] {
  const requests = requestsOf(scenario, deployedVersion, noDeadlineMs);
  return requests.map((request, index) => {
    const wave = (waves[index % waves.length] ?? 1) - 1;
    if (wave === 0) return request;
    const before = indexes(Math.floor(index / waves.length), wave).map((one) => `app-${one}`);
    return { ...request, earlier: { wave, skills: before, soakMs: 0 } };
  });
}

/** An app is held where one of an earlier wave of its skill fails or is held. */
function stateOf(index: number): string {
  const skill = Math.floor(index / waves.length);
  const wave = waves[index % waves.length] ?? 1;
  const earlier = Array.from({ length: wave - 1 }, (_, one) => indexes(skill, one + 1)).flat();
  if (earlier.some((one) => fails(scenario, one))) return 'EarlierWaveFailed';
  return fails(scenario, index) ? 'DeployContainerHealthChecksFailed' : 'live';
}

it('200 skills at 5 placements in 3 waves, of which 3 % fail: only waves after a failure of their skill are held', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'waves-'));
  const clock = scaledClock(10, Date.now());
  const platform = await startPlatform({
    directory,
    progression: { simulate: (spec) => simulationOf(scenario, spec) },
    rateLimit: { perMinute: writesAMinute, perHour: 5_000 },
    clock,
  });
  const limiter = new RateLimiter({ clock });
  const client = new AppPlatformClient({ ...platform, clock, limiter, callTimeoutMs: noDeadlineMs });
  try {
    const start = clock.now();
    const ended = await deployAll(requestsInWaves(), { client, clock, oneAtATime: false });
    const states = ended.map((_, index) => stateOf(index));
    expect(ended.map(({ outcome }) => outcome)).toEqual(states);
    const written = states.filter((state) => state !== 'EarlierWaveFailed').length;
    const seconds = (Math.max(...ended.map(({ at }) => at)) - start) / 1000;
    const bound = ((Math.ceil(written / writesAMinute) - 1) * minute + deployMs) / 1000;
    const calls = platform.requests.length;
    const memory = Math.round(process.memoryUsage().rss / 1e6);
    process.stdout.write(
      `${written} written, ${calls} calls, ${Math.round(seconds)} s of at least ${bound} s, ${memory} MB with the platform\n`,
    );
    expect(calls).toBeLessThan(1.25 * written);
  } finally {
    await client.close();
    await platform.close();
    await rm(directory, { recursive: true, force: true });
  }
}, 300_000);
