import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Layout } from '../layout.js';
import { isAlive } from '../process/process-group.js';
import { stopGroup } from '../process/stop-group.js';
import { readIngressRecord } from './ingress-record.js';

const graceMs = 1_000;

/** Ends the process that serves the apps' addresses, whatever has become of the server. @returns false when there was none */
export async function stopIngressProcess(layout: Layout): Promise<boolean> {
  const record = await readIngressRecord(layout);
  if (!record) return false;
  const ran = await isAlive(record.identity);
  await stopGroup(record.identity, graceMs);
  await rm(record.socket, { force: true });
  // A folder was made for it alone.
  if (record.socket !== layout.ingressSocket)
    await rm(dirname(record.socket), { recursive: true, force: true });
  await rm(layout.ingressRecord, { force: true });
  return ran;
}
