import type { FaultRow } from './row.js';

export const diskRow: FaultRow = {
  name: 'the disk is full, so the status file and the logs cannot be written',
  skill: 'recorded',
  reads: [
    '! The records of this run are not complete: …is full (ENOSPC). Make room there',
    '✔ <skill> updated <url>',
  ],
  exitCode: 0,
  answered: 'earlier, new',
  deployments: 2,
  thenReads: ['✔ <skill> unchanged <url>'],
};
