import { parseArgs } from 'node:util';
import { logLine as log } from './log-line.js';
import { startPlatform, type Platform } from './platform.js';
import { readPlatform } from './platform-record.js';
import { testFlags, testOptions } from './test-flags.js';

/*
 * The server as a process of its own: node server-main.js <directory> [<port>] [<flags for tests>]
 * What it prints is appended to server.log. SIGTERM stops it and every service. When it is killed instead, the services
 * run on, their addresses are served on by another process, and the next server takes all of it over.
 */

/** The port that people and bookmarks know; the apps follow it. */
const preferredPort = 4100;

const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: testFlags });
const [directory = '.', port] = positionals;

try {
  const platform = await start(port === undefined ? await usualPort() : Number(port));
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

async function start(wanted: number): Promise<Platform> {
  const options = { directory, warn: log, ingressProcess: true, ...testOptions(flags) };
  try {
    return await startPlatform({ ...options, port: wanted });
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    log(`port ${wanted} is taken; taking another`);
    return startPlatform(options);
  }
}

/** Where it was before a crash: whoever follows a deployment then goes on. */
async function usualPort(): Promise<number> {
  const earlier = await readPlatform(directory).catch(() => undefined);
  return earlier ? Number(new URL(earlier.url).port) : preferredPort;
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
