import { apiRows } from './api-rows.js';
import { deployerRows } from './deployer-rows.js';
import { diskRow } from './disk-rows.js';
import { platformRows } from './platform-rows.js';
import type { Answered, FaultRow } from './row.js';
import { skillRows } from './skill-rows.js';

const allRows: readonly FaultRow[] = [...skillRows, ...apiRows, ...deployerRows, ...platformRows, diskRow];

const inWords: Record<Answered, string> = {
  earlier: 'the previous version',
  'earlier, new': 'the previous version, then the new one',
  'earlier, new, earlier': 'the previous version; the new one until it is rolled back',
};

/** The cells of docs/faults.md, a row a fault: what it is, what one reads, what answers, the exit code. */
export function documentedRows(): string[][] {
  return allRows.map((row) => [row.name, readOf(row), answersOf(row), String(row.exitCode)]);
}

function readOf({ reads, thenReads }: FaultRow): string {
  const now = reads.map(code).join('<br>');
  return thenReads ? [now, `then: ${thenReads.map(code).join('<br>')}`].filter(Boolean).join('<br>') : now;
}

/** A bar would end the cell. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function answersOf({ answered, crashMark }: FaultRow): string {
  return crashMark ? `${inWords[answered]}; only a POST in progress at the crash is lost` : inWords[answered];
}
