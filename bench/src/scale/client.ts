import { AppPlatformClient, RateLimiter } from '@odoobo/app-platform';
import type { Measured, Orders, ServerReady } from './messages.js';
import { deployAll, type Ended, noDeadlineMs, pollEach } from './methods.js';
import { scaledClock } from './scaled-clock.js';
import { deployedVersion, expectedEnd, requestsOf, seededVersion } from './scenario.js';

/*
 * The deployer of one measurement, in its own process: node client.js <orders as JSON> <address of the platform as
 * JSON>. Sends its parent what it has measured, and ends.
 */

const [orders, platform] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [
  Orders,
  ServerReady,
];
const { scenario, method, update, factor, since } = orders;
const clock = scaledClock(factor, since);
const sampleMs = 20;

let sockets = 0;
const sampling = setInterval(() => {
  const open = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  sockets = Math.max(sockets, open);
}, sampleMs);

const limiter = new RateLimiter({ clock });
const client = new AppPlatformClient({ ...platform, clock, limiter, callTimeoutMs: noDeadlineMs });
try {
  if (update) await seed();
  process.send?.(await measure());
} finally {
  clearInterval(sampling);
  await client.close();
  process.disconnect();
}

/** Deploys the earlier version, and waits until none of its calls counts towards the limit per minute any more. */
async function seed(): Promise<void> {
  await deployAll(requestsOf(scenario, seededVersion, noDeadlineMs), { client, clock, oneAtATime: false });
  await clock.sleep(61_000);
  sockets = 0;
}

async function measure(): Promise<Measured> {
  const requests = requestsOf(scenario, deployedVersion, noDeadlineMs);
  const [beganAt, start, cpu] = [Date.now(), clock.now(), process.cpuUsage()];
  const ended =
    method === 'polling each'
      ? await pollEach(requests, { ...platform, clock })
      : await deployAll(requests, { client, clock, oneAtATime: method === 'one at a time' });
  const good = ended.filter((_, index) => expectedEnd(scenario, index) === 'live');
  const { user, system } = process.cpuUsage(cpu);
  return {
    wallMs: Math.max(...ended.map(({ at }) => at)) - start,
    goodWallMs: Math.max(...good.map(({ at }) => at)) - start,
    wrong: ended.flatMap((one, index) => whatIsWrong(one, expectedEnd(scenario, index))),
    beganAt,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    cpuSeconds: (user + system) / 1e6,
    sockets,
  };
}

function whatIsWrong({ name, outcome }: Ended, expected: string): string[] {
  return outcome === expected ? [] : [`${name}: ${outcome}, expected ${expected}`];
}
