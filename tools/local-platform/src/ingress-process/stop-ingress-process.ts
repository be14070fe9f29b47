import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { endStrays } from '../process/platform-processes.js';
import { stopGroup } from '../process/stop-group.js';
import type { Layout } from '../state/layout.js';
import { readIngressRecord } from './ingress-record.js';

const graceMs = 1_000;

/**
 * Ends the process that serves the apps' addresses, even if the server or its record is gone.
 * @returns false when there was none
 */
export async function stopIngressProcess(layout: Layout): Promise<boolean> {
  const record = await readIngressRecord(layout);
  const hadRecorded = record !== undefined && (await stopGroup(record.identity, graceMs));
  const hadStray = await endStrays(layout, graceMs, ({ kind }) => kind === 'ingress');
  if (record) await forget(layout, record.socket);
  return hadRecorded || hadStray;
}

async function forget({ ingressRecord, ingressSocket }: Layout, socket: string): Promise<void> {
  await rm(socket, { force: true });
  // A folder was made for it alone.
  if (socket !== ingressSocket) await rm(dirname(socket), { recursive: true, force: true });
  await rm(ingressRecord, { force: true });
}
