import type { DeployResult } from '@odoobo/app-platform';
import type { Journal } from './journal.js';
import { type JournalRecord, parseRecord } from './record.js';
import type { RunName } from './run-name.js';

/** The records of a run of Nx so far, including those of its earlier batches. @throws when the journal cannot be read */
export function readRunRecords(
  journal: Journal,
  { run, startedAt }: Pick<RunName, 'run' | 'startedAt'>,
): JournalRecord[] {
  const ours = journal.readSince(startedAt).filter((line) => line.includes(run));
  return ours.flatMap((line) => parseRecord(line) ?? []);
}

/** The apps that runs have begun to change for a skill: that of each placement, or its own. */
export function appsOf(skill: string, records: readonly JournalRecord[]): string[] {
  const apps = records.flatMap((record) =>
    record.type === 'run-started'
      ? Object.entries(record.skills).flatMap(([app, { of }]) => (of === skill ? [app] : []))
      : [],
  );
  return apps.length > 0 ? [...new Set(apps)] : [skill];
}

/** The results of skills. */
export function resultsIn(records: readonly JournalRecord[]): DeployResult[] {
  return records.flatMap((record) => (record.type === 'finished' ? [record.result] : []));
}
