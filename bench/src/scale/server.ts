import { appPlatformRateLimit, startPlatform } from '@odoobo/local-platform';
import { join } from 'node:path';
import type { Orders, ServerReady } from './messages.js';
import { scaledClock } from './scaled-clock.js';
import { simulationOf } from './scenario.js';

/*
 * The platform of one measurement, in its own process: node server.js <orders as JSON>. Sends its parent its
 * address, and ends when the parent disconnects.
 */

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
const { scenario, factor, since, directory } = orders;
const platform = await startPlatform({
  directory,
  progression: { simulate: (spec) => simulationOf(scenario, spec) },
  rateLimit: appPlatformRateLimit,
  requestLog: join(directory, 'requests.jsonl'),
  clock: scaledClock(factor, since),
  warn: (message) => process.stderr.write(`${message}\n`),
});
process.once('disconnect', () => void platform.close());
const ready: ServerReady = { url: platform.url, token: platform.token };
process.send?.(ready);
