import { readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { engineNames } from '../containers/container-engine.js';
import { replaceUnsynced } from './atomic-file.js';

const processRecordSchema = z.object({
  /** Missing where nothing listens: of a worker, a job, a static site. */
  port: z.number().int().optional(),
  /** Missing from just before the process is started until just after, and of a static site, which has none. */
  identity: z.object({ pid: z.number().int(), startTime: z.string(), bootId: z.string() }).optional(),
  /** Of one that runs in a container: which engine has it; its name is that of the place. */
  engine: z.enum(engineNames).optional(),
});
/** Which process runs an instance: how the next server finds it after a crash. */
export type ProcessRecord = z.infer<typeof processRecordSchema>;

/** One instance of a component of a deployment; the first is 0. */
export interface Place {
  deployment: string;
  component: string;
  instance: number;
}

/** None of the three has a dot in it. */
export function nameOf({ deployment, component, instance }: Place): string {
  return `${deployment}.${component}.${instance}`;
}

/** The folder into which the instance's build is unpacked; its process starts somewhere in it. */
export function instanceFolder(run: string, place: Place): string {
  return join(run, nameOf(place));
}

function recordFile(run: string, place: Place): string {
  return join(run, `${nameOf(place)}.json`);
}

export async function writeProcessRecord(run: string, place: Place, record: ProcessRecord): Promise<void> {
  await mkdir(run, { recursive: true, mode: 0o700 });
  await replaceUnsynced(recordFile(run, place), JSON.stringify(record));
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

/** Call it once the process has ended: deletes what was unpacked, then the record. */
export async function removeProcessRecord(run: string, place: Place): Promise<void> {
  await rm(instanceFolder(run, place), { recursive: true, force: true });
  await rm(recordFile(run, place), { force: true });
}

/** The instances of which there is a record, whatever became of their processes. */
export async function recordedPlaces(run: string): Promise<Place[]> {
  const names = await readdir(run).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) =>
    name.endsWith('.json') ? (placeOf(name.slice(0, -'.json'.length)) ?? []) : [],
  );
}

/** Whether there is a record of an instance of a component. */
export function isRecorded(run: string, deployment: string, component: string): boolean {
  const begin = nameOf({ deployment, component, instance: 0 }).slice(0, -1);
  return readdirSync(run).some((name) => name.startsWith(begin) && name.endsWith('.json'));
}

/** The inverse of `nameOf`; undefined for any other text. */
export function placeOf(name: string): Place | undefined {
  const [, deployment, component, instance] = /^([^.]+)\.([^.]+)\.(\d+)$/.exec(name) ?? [];
  if (deployment === undefined || component === undefined) return undefined;
  return { deployment, component, instance: Number(instance) };
}
