import { ensurePlatform, readPlatform } from '@odoobo/local-platform/client';
import { isAlive } from '@odoobo/machine/process';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../terminal/describe-error.js';

/** How often the server is checked, in milliseconds. */
const lookMs = 250;
/** The longest time for a server to restart on a busy machine, in milliseconds. */
const comeBackMs = 10_000;

/**
 * Until `signal` is aborted, restarts the local platform of a folder if its server dies: until then the URLs of all
 * skills are down, although the services keep running. A platform that was stopped on purpose has removed its record,
 * and is not restarted.
 */
export async function keepPlatform(
  directory: string,
  signal: AbortSignal,
  report: (message: string) => void,
): Promise<void> {
  for (;;) {
    await delay(lookMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      if (!(await hasDied(directory))) continue;
      const { warnings } = await ensurePlatform(directory, { signal });
      report('The local platform crashed and was restarted; the services kept running.');
      warnings.forEach(report);
    } catch (error) {
      if (!signal.aborted)
        report(`The local platform crashed and cannot be restarted: ${describeError(error)}`);
      return;
    }
  }
}

/**
 * The address of the local platform of a folder, as soon as it runs: after a crash it is restarted, perhaps on another
 * port. Undefined if it was stopped, or does not restart within 10 s.
 * @throws the reason of `signal`
 */
export async function whereItRuns(directory: string, signal: AbortSignal): Promise<string | undefined> {
  for (let waitedMs = 0; waitedMs < comeBackMs; waitedMs += lookMs) {
    const platform = await readPlatform(directory);
    if (!platform) return undefined;
    if (await isAlive(platform.identity)) return platform.url;
    await delay(lookMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  return undefined;
}

async function hasDied(directory: string): Promise<boolean> {
  const platform = await readPlatform(directory);
  return platform !== undefined && !(await isAlive(platform.identity));
}
