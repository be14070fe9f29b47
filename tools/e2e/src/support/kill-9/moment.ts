import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Moment, Write } from './plan-round.js';

export interface WatchedFolders {
  platform: string;
  claims: string;
}

/**
 * Waits for the moment at which a deploy should be killed.
 *
 * @param usualMs how long an undisturbed deploy takes
 * @param ended resolves when the deploy is over, at which the wait ends
 * @returns a function to await; it starts to watch at once
 */
export async function watchForMoment(
  moment: Moment,
  folders: WatchedFolders,
  usualMs: number,
): Promise<(ended: Promise<unknown>) => Promise<void>> {
  const done = new AbortController();
  const coming =
    moment.kind === 'time'
      ? delay(moment.share * usualMs, undefined, { signal: done.signal })
      : afterWrite(await folderOf(moment.of, folders), moment.nth, done.signal).then(() =>
          delay(moment.thenMs, undefined, { signal: done.signal }),
        );
  coming.catch(() => undefined);
  return async (ended) => {
    await Promise.race([coming, ended]);
    done.abort();
  };
}

async function folderOf(write: Write, { platform, claims }: WatchedFolders): Promise<string> {
  const folder = {
    'app record': join(platform, 'apps'),
    'process record': join(platform, 'run'),
    'image blob': join(platform, 'images/incoming'),
    'platform record': platform,
    claim: claims,
  }[write];
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Resolves after the nth change in a folder. */
function afterWrite(folder: string, nth: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let changes = 0;
    const watcher: FSWatcher = watch(folder, () => {
      if (++changes >= nth) resolve();
    });
    watcher.once('error', reject);
    signal.addEventListener('abort', () => watcher.close(), { once: true });
  });
}
