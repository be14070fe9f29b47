import { claim, holderOfClaim } from '@odoobo/machine/claim';
import { runner } from '@odoobo/machine/package-manager';
import type { ProcessIdentity } from '@odoobo/machine/process';
import { DeadlineError, withDeadline } from '@odoobo/machine/time';
import { setTimeout as delay } from 'node:timers/promises';
import type { Layout } from '../state/layout.js';
import { readPlatform } from './platform-record.js';

/** Longer than the time in which a server stops its services. */
const holdMs = 20_000;
const pollMs = 50;

export interface Hold {
  release(): Promise<void>;
}

/**
 * Makes this process the one server of a folder, until it releases it or dies. Waits for a server that is stopping.
 * @throws Error at once when another server serves the folder, or after 20 s when it is held for another reason.
 */
export async function holdDirectory(layout: Layout): Promise<Hold> {
  const served = new AbortController();
  return withDeadline(holdMs, served.signal, (signal) =>
    claimWithin(layout.claim, signal, (holder) => {
      void untilItServes(layout, holder, signal).then((serves) => {
        if (serves) served.abort(alreadyServed(layout.root, holder));
      });
    }),
  );
}

/** Whether the holder becomes the server during the wait: one that is starting has no record yet. */
async function untilItServes(layout: Layout, holder: ProcessIdentity, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const record = await readPlatform(layout.root).catch(() => undefined);
    if (record?.identity.pid === holder.pid) return true;
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

/** The process that is the server of a folder, or is becoming it; undefined when there is none. */
export function holderOf(layout: Layout): Promise<ProcessIdentity | undefined> {
  return holderOfClaim(layout.claim);
}

/**
 * Holds the right to start or stop the server of a folder, so that no two processes do it at once.
 * @throws Error after 30 s, or the reason of `signal`.
 */
export async function holdStart(layout: Layout, signal?: AbortSignal): Promise<Hold> {
  return withDeadline(holdMs + 10_000, signal, (within) => claimWithin(layout.startClaim, within));
}

async function claimWithin(
  file: string,
  signal: AbortSignal,
  onWait?: (holder: ProcessIdentity) => void,
): Promise<Hold> {
  let waitsFor: ProcessIdentity | undefined;
  const waiting = (holder: ProcessIdentity) => {
    waitsFor = holder;
    onWait?.(holder);
  };
  try {
    return await claim(file, { signal, onWait: waiting });
  } catch (cause) {
    if (!(cause instanceof DeadlineError)) throw cause;
    throw new Error(
      `Process ${waitsFor?.pid} has held ${file} for too long. Check what it is doing or end it, then try again.`,
      {
        cause,
      },
    );
  }
}

function alreadyServed(root: string, { pid }: ProcessIdentity): Error {
  return new Error(
    `A local platform already runs in ${root} (process ${pid}). Use that one, or stop it: ${runner} local-platform stop`,
  );
}
