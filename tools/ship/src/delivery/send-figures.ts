import { AppPlatformClient } from '@odoobo/app-platform';
import { readPlatform, sendDelivery } from '@odoobo/local-platform/client';
import { dirname } from 'node:path';
import type { WorkspaceFolders } from '../records/workspace-folders.js';
import { readDelivery } from './read-delivery.js';

const dayMs = 24 * 3_600_000;

/** The span of the figures that pages and metrics show, as `dora` has it without `--since`. */
export const figuresMs = 30 * dayMs;

/** How long a run waits for that at its end, in milliseconds. */
const deadlineMs = 2_000;

/**
 * Sends the delivery figures of the local platform to it, for its page and its metrics: only the journal knows what was verified.
 * @throws when journal or git cannot be read, or the platform does not answer in time
 */
export async function sendFigures({ journal, platform }: WorkspaceFolders): Promise<void> {
  const server = await readPlatform(platform);
  if (!server) return;
  const { url, token } = server;
  const client = new AppPlatformClient({ url, token });
  const signal = AbortSignal.timeout(deadlineMs);
  const now = Date.now();
  try {
    const delivery = await readDelivery({
      cwd: dirname(platform),
      environment: 'local',
      since: now - figuresMs,
      now,
      teams: new Map(),
      journal,
      client,
      signal,
    });
    await sendDelivery(server, delivery, signal);
  } finally {
    await client.close();
  }
}
