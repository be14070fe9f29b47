import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
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

/** Replaces the record as a whole. It is not synced to the disk: a power cut ends the process as well. */
export async function writeIngressRecord(
  { ingressRecord: file }: Layout,
  record: IngressRecord,
): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
