import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { documentedRows } from './documented.js';

const file = join(import.meta.dirname, '../../../../docs/faults.md');

/** The cells of the tables of four columns in a text, without their heads: other tables name their tests. */
function cellsIn(markdown: string): string[][] {
  const lines = markdown.split('\n');
  return lines.flatMap((line, index) => {
    const isHead = lines[index + 1]?.startsWith('| -');
    return line.startsWith('| ') && !line.startsWith('| -') && !isHead ? [cellsOf(line)] : [];
  });
}

function cellsOf(line: string): string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.trim());
}

it('docs/faults.md tells every fault as it is tested', async () => {
  const rows = cellsIn(await readFile(file, 'utf8')).filter(({ length }) => length === 4);
  expect(rows).toEqual(documentedRows());
});
