import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A fenced block of a page whose language is `sh`: commands that a reader runs. */
export interface ShBlock {
  /** Path of the page, from the root of the repository. */
  page: string;
  /** The heading above it. */
  heading: string;
  lines: { number: number; text: string }[];
}

/** The blocks of a page, from top to bottom. */
export async function shBlocksOf(repository: string, page: string): Promise<ShBlock[]> {
  const blocks: ShBlock[] = [];
  let heading = '';
  let fence: string | undefined;
  for (const [index, text] of (await readFile(join(repository, page), 'utf8')).split('\n').entries()) {
    const marker = /^ *```(\w*)/.exec(text);
    if (marker) fence = fence === undefined ? marker[1] : undefined;
    if (marker && fence === 'sh') blocks.push({ page, heading, lines: [] });
    else if (fence === 'sh') blocks.at(-1)?.lines.push({ number: index + 1, text });
    else if (fence === undefined) heading = /^#+ (.*)/.exec(text)?.[1] ?? heading;
  }
  return blocks;
}

/**
 * The block as a script for a shell with `set -eu` that reports which line failed. A comment `# exit code 1` after a command is its
 * expected exit code. Commands for which `isRun` returns false are left out.
 */
export function scriptOf({ page, lines }: ShBlock, isRun: (line: string) => boolean): string {
  let continues = false;
  /** The line that ends a here-document. */
  let document: string | undefined;
  const script = lines.map(({ number, text }) => {
    const begins = !continues && document === undefined && text.trim() !== '';
    continues = text.endsWith('\\');
    if (text === document) document = undefined;
    else document ??= /<< '(\w+)'$/.exec(text)?.[1];
    if (!begins) return text;
    return `at='${page}:${number}'\n${isRun(text) ? withExitCode(text) : ':'}`;
  });
  return [`trap '[ $? = 0 ] || echo "$at failed" >&2' EXIT`, ...script].join('\n');
}

function withExitCode(text: string): string {
  const wanted = /^(.*?) *# exit code (\d+)/.exec(text);
  if (!wanted) return text;
  const [, command, code] = wanted;
  return `code=0; ${command} || code=$?\n[ "$code" = ${code} ] || { echo "ended with $code"; exit 1; }`;
}
