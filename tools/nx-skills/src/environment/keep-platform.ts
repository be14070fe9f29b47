import { ensurePlatform, isAlive, readPlatform } from '@odoobo/local-platform/client';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../terminal/describe-error.js';

/** How often the server is looked at, in milliseconds. */
const lookMs = 250;

/**
 * Until `signal` is aborted, starts the local platform of a folder again should its server die: until somebody does, the
 * URLs of all skills are down, though the services run on. One that was stopped has taken its record away, and stays so.
 */
export async function keepPlatform(
  directory: string,
  signal: AbortSignal,
  tell: (message: string) => void,
): Promise<void> {
  for (;;) {
    await delay(lookMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      if (!(await hasDied(directory))) continue;
      await ensurePlatform(directory, { signal });
      tell('The local platform had died and was started again; the services have run on.');
    } catch (error) {
      if (!signal.aborted) tell(`The local platform has died and does not start: ${describeError(error)}`);
      return;
    }
  }
}

async function hasDied(directory: string): Promise<boolean> {
  const platform = await readPlatform(directory);
  return platform !== undefined && !(await isAlive(platform.identity));
}
