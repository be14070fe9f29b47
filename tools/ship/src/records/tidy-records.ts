import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from './journal.js';
import { readFolded, writeFolded } from './kept-records.js';
import { timeInFileName } from './run-name.js';
import type { WorkspaceFolders } from './workspace-folders.js';

const dayMs = 24 * 3_600_000;

/** How long logs and rotated files of the journal are kept. */
export const keptForMs = 30 * dayMs;

export interface TidyOptions {
  /** Milliseconds since 1970. */
  now?: number;
  /** The largest size of the journal, in bytes. */
  largestJournal?: number;
}

/**
 * Rotates a large journal, and deletes what is older than a month. No skill loses its status. Safe for any number of
 * processes at once, and if it is killed.
 */
export async function tidyRecords(
  folders: WorkspaceFolders,
  { now = Date.now(), largestJournal }: TidyOptions = {},
): Promise<void> {
  const journal = new Journal(folders.journal);
  const { deploymentLogs, rollbackLogs, mergeLogs, testLogs } = folders;
  if (await journal.rotate({ now: new Date(now), limit: largestJournal })) writeFolded(journal);
  if (!isDue(journal, now)) return;
  const before = now - keptForMs;
  for (const folder of [deploymentLogs, rollbackLogs, mergeLogs, testLogs]) {
    for (const path of olderThan(before, folder)) rmSync(path, { force: true });
  }
  deleteArchived(journal, olderThan(before, journal.archives));
}

/** Once a day: there may be some ten thousand files to check. */
function isDue({ archives }: Journal, now: number): boolean {
  const mark = join(archives, 'tidied');
  const last = statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (now - last < dayMs) return false;
  mkdirSync(archives, { recursive: true });
  writeFileSync(mark, '');
  utimesSync(mark, now / 1000, now / 1000);
  return true;
}

/** Deletes only files that the fold includes completely. */
function deleteArchived(journal: Journal, old: readonly string[]): void {
  if (old.length === 0) return;
  const known = readFolded(journal).positions;
  const isKnown = old.every((path) => journal.isRead(path, known));
  const positions = isKnown ? known : writeFolded(journal).positions;
  for (const path of old) if (journal.isRead(path, positions)) rmSync(path, { force: true });
}

function olderThan(before: number, folder: string): string[] {
  return namesIn(folder)
    .filter((name) => (timeInFileName(name) ?? Infinity) < before)
    .map((name) => join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
