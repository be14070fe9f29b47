import { freePort } from '@odoobo/machine/network';
import { runner } from '@odoobo/machine/package-manager';
import { parseArgs } from 'node:util';
import { logLine as log } from './logs/log-line.js';
import { testFlags, testOptions } from './rules/test-flags.js';
import { keepPort, preferredPort, readKeptPort } from './start-stop/kept-port.js';
import { type Platform, startPlatform } from './start-stop/platform.js';
import { readPlatform } from './start-stop/platform-record.js';
import { type Layout, layoutOf } from './state/layout.js';

/*
 * The server as a process of its own: node server-main.js <directory> [<port>] [<flags for tests>]
 * What it prints is appended to server.log. SIGTERM stops it and every service. When it is killed instead, the services keep
 * running, another process keeps serving their addresses, and the next server takes all of it over.
 */

const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: testFlags });
const [directory = '.', port] = positionals;

try {
  const layout = layoutOf(directory);
  const platform = await start(port === undefined ? await usualPorts(layout) : [Number(port)]);
  await keepPort(layout, portOf(platform)).catch((error: Error) => log(error.message));
  log(`process ${process.pid} serves ${directory} at ${platform.url}`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void stop(platform, signal).catch(fail));
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}

/** At the first of the ports that is free, else at any other, which it then keeps. */
async function start(wanted: readonly number[]): Promise<Platform> {
  const options = { directory, warn: log, ingressProcess: true, ...testOptions(flags) };
  const taken: number[] = [];
  for (;;) {
    const port = wanted[taken.length] ?? (await freePort(new Set(taken)));
    try {
      return await startPlatform({
        ...options,
        port,
        notices: taken.length > 0 ? [movedTo(port, taken)] : [],
      });
    } catch (error) {
      if (!isPortTaken(error)) throw error;
      taken.push(port);
    }
  }
}

function movedTo(port: number, taken: readonly number[]): string {
  const [first] = taken;
  const ports = taken.length > 1 ? `Ports ${taken.join(' and ')} are` : `Port ${first} is`;
  return (
    `${ports} taken by another program, so the local platform answers at port ${port} from now on. ` +
    `To use port ${first} again once it is free: ${runner} local-platform stop, then ${runner} local-platform start --port ${first}`
  );
}

/** Its last port: links, open tabs and clients that follow a deployment then continue. */
async function usualPorts(layout: Layout): Promise<number[]> {
  const earlier = await readPlatform(directory).catch(() => undefined);
  const last = earlier ? portOf(earlier) : await readKeptPort(layout);
  return [...new Set([last ?? preferredPort, preferredPort])];
}

function portOf({ url }: { url: string }): number {
  return Number(new URL(url).port);
}

async function stop(platform: Platform, signal: string): Promise<void> {
  log(`${signal}: stopping every service`);
  await platform.close();
  log('stopped');
}

function isPortTaken(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === 'EADDRINUSE';
}
