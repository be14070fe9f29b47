import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Journal } from '../records/journal.js';
import { type JournalRecord, parseRecord } from '../records/record.js';
import { statusSchema } from '../records/status.js';

const journalName = 'WORKTREE_STATUS.journal.jsonl';

/**
 * The journals in a folder and its subfolders: one for each job of a pipeline, as downloaded with their artefacts.
 * @throws when the folder cannot be read
 */
export async function findJournals(folder: string): Promise<string[]> {
  try {
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    return files.filter((file) => file.name === journalName).map((file) => join(file.parentPath, file.name));
  } catch (cause) {
    throw new Error(`--from: cannot read the folder ${folder}. Name a folder that contains journals.`, {
      cause,
    });
  }
}

/** The records of the last deployment in each journal, and of what followed it: oldest first. */
export async function readLastRuns(journals: readonly string[]): Promise<JournalRecord[]> {
  const records = await Promise.all(journals.map(readLastRun));
  return records.flat().sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The skills that the deployments among the records should ship. */
export function shippedIn(records: readonly JournalRecord[]): string[] {
  const skills = records.flatMap((record) =>
    record.type === 'run-started' ? Object.keys(record.skills) : [],
  );
  return [...new Set(skills)];
}

async function readLastRun(path: string): Promise<JournalRecord[]> {
  const startedAt = await startOfLastRun(path);
  const records = new Journal(path).readSince(startedAt).flatMap((line) => parseRecord(line) ?? []);
  return records.filter(({ at }) => at >= startedAt);
}

/** The start, from the status file next to it. A job that only checked has deployed nothing: all its records count. */
async function startOfLastRun(journal: string): Promise<string> {
  try {
    const status = await readFile(join(dirname(journal), 'WORKTREE_STATUS.json'), 'utf8');
    return statusSchema.parse(JSON.parse(status)).started_at ?? '';
  } catch {
    return '';
  }
}
