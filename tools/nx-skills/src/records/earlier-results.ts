import type { DeployResult } from '@odoobo/app-platform';
import type { Journal } from './journal.js';
import { parseRecord } from './record.js';
import type { RunName } from './run-name.js';

/**
 * How skills ended that an earlier batch of the same run of Nx took.
 *
 * @throws when the journal cannot be read
 */
export function readEarlierResults(
  journal: Journal,
  { run, startedAt }: Pick<RunName, 'run' | 'startedAt'>,
): DeployResult[] {
  const ours = journal.readSince(startedAt).filter((line) => line.includes(run));
  return ours
    .flatMap((line) => parseRecord(line) ?? [])
    .flatMap((record) => (record.type === 'finished' ? [record.result] : []));
}
