import { runner } from '@odoobo/machine/package-manager';
import { type Journal } from '../records/journal.js';
import { type JournalRecord, parseRecord } from '../records/record.js';
import { timeInFileName } from '../records/run-name.js';
import { runsBehindNx } from '../terminal/nx-stdout.js';

/** Clocks of machines that write into one journal may differ so much, in milliseconds. */
const clockSkewMs = 60_000;

/**
 * The records of a run.
 * @param run its name, as the status file and the logs have it; undefined for the last run that changed something
 * @throws Error when there is none
 */
export function readRun(
  journal: Journal,
  run: string | undefined,
): { run: string; records: JournalRecord[] } {
  if (run === undefined) return lastRun(journal);
  const startedAt = timeInFileName(run);
  if (startedAt === undefined) throw new Error(noSuchRun(run));
  const since = new Date(startedAt - clockSkewMs).toISOString();
  const records = recordsIn(journal.readSince(since).filter((line) => line.includes(run))).filter(
    (record) => record.run === run,
  );
  if (records.length === 0) throw new Error(noSuchRun(run));
  return { run, records };
}

function lastRun(journal: Journal): { run: string; records: JournalRecord[] } {
  let last: string | undefined;
  for (const lines of journal.parts())
    for (const record of recordsIn(lines.filter((line) => /"type":"(?:run-started|merged)"/.test(line))))
      last = record.run;
  if (last === undefined)
    throw new Error(
      `Nothing was deployed, rolled back or merged here yet. Deploy first: ${runner} ${runsBehindNx() ? 'nx run-many -t deploy' : 'odoobo deploy'}`,
    );
  return readRun(journal, last);
}

function recordsIn(lines: readonly string[]): JournalRecord[] {
  return lines.flatMap((line) => parseRecord(line) ?? []);
}

function noSuchRun(run: string): string {
  return `The journal has no run "${run}". Name one as the field deployment_id of WORKTREE_STATUS.json and the log files have it, such as deploy-2026-01-31T09-30-00-000Z-1f3a.`;
}
