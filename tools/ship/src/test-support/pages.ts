import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Root of this repository. */
export const repository = join(import.meta.dirname, '../../../..');

/** A Markdown file of this repository. */
export interface Page {
  /** Relative to the root. */
  path: string;
  /** In prose, fenced blocks are replaced by empty lines, so that line numbers stay the same. */
  prose: string[];
  blocks: { language: string; lines: { number: number; text: string }[] }[];
}

/** Tracked files, and new ones that are not ignored; relative to the root. */
export async function repositoryFiles(): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await execa('git', args, { cwd: repository });
  return stdout.split('\0').filter(Boolean);
}

/** All pages for readers. */
export async function readPages(): Promise<Page[]> {
  const files = (await repositoryFiles()).filter((file) => file.endsWith('.md'));
  return Promise.all(files.map(async (path) => pageOf(path, await readFile(join(repository, path), 'utf8'))));
}

export function pageOf(path: string, text: string): Page {
  const page: Page = { path, prose: [], blocks: [] };
  let open = false;
  for (const [index, line] of text.split('\n').entries()) {
    const [fence, language = ''] = /^ *```(\w*)/.exec(line) ?? [];
    if (fence !== undefined) open = !open;
    if (fence !== undefined && open) page.blocks.push({ language, lines: [] });
    else if (open) page.blocks.at(-1)?.lines.push({ number: index + 1, text: line });
    page.prose.push(open || fence !== undefined ? '' : line);
  }
  return page;
}
