import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { documentedRows } from './documented.js';

const file = join(import.meta.dirname, '../../../../docs/faults.md');

/** The cells of all tables in a text, without their heads. */
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
  expect(cellsIn(await readFile(file, 'utf8'))).toEqual(documentedRows());
});
