import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { apiRows } from './api-rows.js';
import { deployerRows } from './deployer-rows.js';
import { diskRow } from './disk-rows.js';
import { platformRows } from './platform-rows.js';
import type { Answered, FaultRow } from './row.js';
import { skillRows } from './skill-rows.js';

const page = join(import.meta.dirname, '../../../../docs/faults.md');

/** By heading in the page. */
const tables: Record<string, readonly FaultRow[]> = {
  'The new version': skillRows,
  'The API': apiRows,
  'The deployer': deployerRows,
  'The local platform': platformRows,
  'The disk': [diskRow],
};

const inWords: Record<Answered, string> = {
  earlier: 'the previous version',
  'earlier, new': 'the previous version, then the new one',
  'earlier, new, earlier': 'the previous version; the new one until it is rolled back',
};

function tableOf(rows: readonly FaultRow[]): string {
  const cells = rows.map((row) => [row.name, readOf(row), answersOf(row), row.exitCode]);
  const head = ['fault', 'what you read', 'which version answers', 'exit code'];
  return [head, head.map(() => '-'), ...cells].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

function readOf({ reads, thenReads }: FaultRow): string {
  const now = reads.map(code).join('<br>');
  return thenReads ? [now, `then: ${thenReads.map(code).join('<br>')}`].filter(Boolean).join('<br>') : now;
}

/** A vertical bar would end the cell. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function answersOf({ answered, crashMark }: FaultRow): string {
  return crashMark ? `${inWords[answered]}; only a POST in progress at the crash is lost` : inWords[answered];
}

it('docs/faults.md has the tables of the faults as they are tested; write them anew: npx vitest run --root tools/e2e src/faults/documented.test.ts -u', async () => {
  let text = await readFile(page, 'utf8');
  for (const [heading, rows] of Object.entries(tables)) {
    const table = new RegExp(`(?<=^## ${heading}\n[^]*?)^\\| fault [^]*?\\|\n(?=\n)`, 'm');
    expect(text, heading).toMatch(table);
    text = text.replace(table, () => tableOf(rows));
  }
  const options = await resolveConfig(page);
  await expect(await format(text, { ...options, parser: 'markdown' })).toMatchFileSnapshot(page);
});
