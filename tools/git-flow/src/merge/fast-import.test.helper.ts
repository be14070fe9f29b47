import { gitOutput } from '@odoobo/machine/git';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDirectory } from '../test-support/repository.js';

/** A commit as described by a test. */
export interface ImportedCommit {
  /** Indexes of its parents in the list. */
  parents: readonly number[];
  /** Seconds since 1970, in any order. */
  date?: number;
  /** By path: mode and content. */
  files: ReadonlyMap<string, { mode: string; content: string }>;
}

/** Writes any number of commits with one process of git. @returns their hashes */
export async function importCommits(cwd: string, commits: readonly ImportedCommit[]): Promise<string[]> {
  const marks = join(await tempDirectory(), 'marks');
  const input = `${commits.map(describe).join('\n')}\n`;
  await gitOutput(['fast-import', '--quiet', '--force', `--export-marks=${marks}`], { cwd, input });
  const byMark = new Map(
    (await readFile(marks, 'utf8')).split('\n').map((line) => line.split(' ') as [string, string]),
  );
  return commits.map((_, index) => byMark.get(markOf(index)) ?? '');
}

/** Format: https://git-scm.com/docs/git-fast-import */
function describe({ parents, date = 0, files }: ImportedCommit, index: number): string {
  const [first, ...others] = parents.map(markOf);
  return [
    'reset refs/imported',
    'commit refs/imported',
    `mark ${markOf(index)}`,
    `committer Test <test@example.invalid> ${date} +0000`,
    data(String(index)),
    ...(first ? [`from ${first}`, ...others.map((parent) => `merge ${parent}`)] : []),
    'deleteall',
    ...[...files].flatMap(([path, { mode, content }]) => [`M ${mode} inline ${path}`, data(content)]),
  ].join('\n');
}

function markOf(index: number): string {
  return `:${index + 1}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
