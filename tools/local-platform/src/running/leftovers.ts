import { execFile } from 'node:child_process';
import { readdir, readlink, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { promisify } from 'node:util';
import { identify, type ProcessIdentity } from '../process/process-group.js';
import { stopGroup } from '../process/stop-group.js';
import {
  instanceFolder,
  readProcessRecord,
  recordedPlaces,
  removeProcessRecord,
  type Place,
} from './process-record.js';

/** Ends whatever an earlier server started for an instance, then forgets it. */
export async function stopLeftover(run: string, place: Place, graceMs: number): Promise<void> {
  const record = await readProcessRecord(run, place);
  const groups = record?.identity ? [record.identity] : await startedIn(instanceFolder(run, place));
  await Promise.all(groups.map((leader) => stopGroup(leader, graceMs)));
  await removeProcessRecord(run, place);
}

/** Ends every service of a platform whose server is gone. */
export async function stopAllLeftovers(run: string, graceMs: number): Promise<void> {
  const places = await recordedPlaces(run);
  await Promise.all(places.map((place) => stopLeftover(run, place, graceMs)));
}

/**
 * The processes whose working directory is in a folder: how one is found whose server died in the moment between
 * starting it and noting which it is.
 */
async function startedIn(path: string): Promise<ProcessIdentity[]> {
  // The system answers without symbolic links. A folder that is not there has no process.
  const folder = await realpath(path).catch(() => undefined);
  if (folder === undefined) return [];
  const directories = process.platform === 'linux' ? await directoriesByProc() : await directoriesByLsof();
  const pids = directories.filter(({ cwd }) => cwd === folder || cwd.startsWith(folder + sep));
  const identities = await Promise.all(pids.map(({ pid }) => identify(pid)));
  return identities.filter((identity) => identity !== undefined);
}

interface WorkingDirectory {
  pid: number;
  cwd: string;
}

/** Linux: proc(5). Other users' processes cannot be read, and are not ours. */
async function directoriesByProc(): Promise<WorkingDirectory[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const links = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.map((pid, index) => ({ pid, cwd: links[index] ?? '' }));
}

/** macOS: lsof(8), one `p<pid>` line, then one `n<folder>` line. It exits 1 when it could not look at everything. */
async function directoriesByLsof(): Promise<WorkingDirectory[]> {
  const { stdout } = await promisify(execFile)('/usr/sbin/lsof', ['-a', '-d', 'cwd', '-F', 'pn']).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  );
  const matches = [...stdout.matchAll(/^p(\d+)$[^]*?^n(.*)$/gm)];
  return matches.map(([, pid, cwd]) => ({ pid: Number(pid), cwd: cwd ?? '' }));
}
