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

/** The results of skills. */
export function resultsIn(records: readonly JournalRecord[]): DeployResult[] {
  return records.flatMap((record) => (record.type === 'finished' ? [record.result] : []));
}
