import type { FaultRow } from './row.js';

/** The server of the local platform is killed while the new version of a skill is being deployed. */
export const platformRow: FaultRow = {
  name: 'the local platform is killed while a deployment is in progress',
  skill: 'deployed',
  reads: ['The local platform crashed and was restarted', '✔ <skill> updated <url>'],
  exitCode: 0,
  answered: 'earlier, new',
  deployments: 2,
};

/** A skill that is not deployed meanwhile. */
export const bystanderRow: FaultRow = {
  ...platformRow,
  name: 'the same, for a skill that is not being deployed',
  skill: 'bystander',
  reads: ['The local platform crashed and was restarted'],
  answered: 'earlier',
  deployments: 1,
};

export const platformRows = [platformRow, bystanderRow];
