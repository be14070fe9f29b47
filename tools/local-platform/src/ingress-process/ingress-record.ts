import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { replaceUnsynced } from '../state/atomic-file.js';
import type { Layout } from '../state/layout.js';

const ingressRecordSchema = z.object({
  /** Which messages it understands. */
  protocol: z.number().int(),
  /** Through which it is driven. */
  socket: z.string(),
  identity: z.object({ pid: z.number().int(), startTime: z.string(), bootId: z.string() }),
});
/** What `ingress.json` records for the next server about the process that serves the apps' addresses. */
export type IngressRecord = z.infer<typeof ingressRecordSchema>;

/** Undefined when there is no record, or none that can be read. */
export async function readIngressRecord({ ingressRecord }: Layout): Promise<IngressRecord | undefined> {
  const text = await readFile(ingressRecord, 'utf8').catch(() => '');
  try {
    return ingressRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function writeIngressRecord({ ingressRecord }: Layout, record: IngressRecord): Promise<void> {
  return replaceUnsynced(ingressRecord, JSON.stringify(record));
}
