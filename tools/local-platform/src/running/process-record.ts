import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const processRecordSchema = z.object({
  port: z.number().int(),
  /** Missing from just before the process is started until just after. */
  identity: z.object({ pid: z.number().int(), startTime: z.string(), bootId: z.string() }).optional(),
});
/** Which process runs a component of a deployment: how the next server finds it after a crash. */
export type ProcessRecord = z.infer<typeof processRecordSchema>;

/** A component of a deployment. */
export interface Place {
  deployment: string;
  component: string;
}

/** The folder into which the component's image is unpacked; its process starts somewhere in it. */
export function componentFolder(run: string, { deployment, component }: Place): string {
  return join(run, deployment, component);
}

function recordFile(run: string, { deployment, component }: Place): string {
  return join(run, `${deployment}.${component}.json`);
}

/** Replaces the record as a whole. It is not synced to the disk: a power cut ends the process as well. */
export async function writeProcessRecord(run: string, place: Place, record: ProcessRecord): Promise<void> {
  const file = recordFile(run, place);
  await mkdir(run, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Undefined when there is no record, or none that can be read. */
export async function readProcessRecord(run: string, place: Place): Promise<ProcessRecord | undefined> {
  const text = await readFile(recordFile(run, place), 'utf8').catch(() => '');
  try {
    return processRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Call it once the process has ended: deletes its unpacked image, then its record. */
export async function removeProcessRecord(run: string, place: Place): Promise<void> {
  await rm(join(run, place.deployment), { recursive: true, force: true });
  await rm(recordFile(run, place), { force: true });
}

/** The components of which there is a record, whatever became of their processes. */
export async function recordedPlaces(run: string): Promise<Place[]> {
  await mkdir(run, { recursive: true, mode: 0o700 });
  const names = (await readdir(run)).map((file) => /^([^.]+)\.([^.]+)\.json$/.exec(file));
  return names.flatMap((match) =>
    match?.[1] !== undefined && match[2] !== undefined ? [{ deployment: match[1], component: match[2] }] : [],
  );
}
