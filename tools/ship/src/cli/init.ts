import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTurbo } from '../turbo/write-turbo.js';
import { withIgnored } from '../workspace/ignored.js';
import type { PlainWorkspace } from '../workspace/read-workspace.js';

/** Prepares a workspace; prints the files that it has changed. */
export async function initCommand(
  workspace: PlainWorkspace,
  { turbo }: { turbo?: boolean },
): Promise<number> {
  const changed = [
    ...(turbo ? await writeTurbo(workspace) : []),
    ...(await ignore(workspace.root, turbo ? ['.turbo/'] : [])),
  ];
  const said = changed.map((file) => `${file}\n`).join('');
  process.stdout.write(said === '' ? 'Nothing to change.\n' : said);
  return 0;
}

async function ignore(root: string, others: readonly string[]): Promise<string[]> {
  const file = join(root, '.gitignore');
  const before = await readFile(file, 'utf8').catch(() => '');
  const text = withIgnored(before, others);
  if (text === before) return [];
  await writeFile(file, text);
  return ['.gitignore'];
}
