import { SkillError } from '@odoobo/skill-kit';
import { parsePatch, type StructuredPatch, type StructuredPatchHunk } from 'diff';
import { asPlainDiff } from './combined.js';

/** A changed line: an added one is numbered as in the new file, a removed one as in the old file. */
export interface Line {
  line: number;
  text: string;
}

export type FileStatus = 'added' | 'modified' | 'deleted' | 'renamed' | 'copied';

export interface ChangedFile {
  path: string;
  status: FileStatus;
  binary: boolean;
  added: Line[];
  removed: Line[];
  hunks: StructuredPatchHunk[];
}

/**
 * Reads a unified diff, Git's extended headers and the combined diffs of merges included.
 * @throws SkillError 422 when the text is no diff or one of its hunks is broken
 */
export function parseDiff(text: string): ChangedFile[] {
  const files = parse(plainDiff(text)).filter((patch) => pathOf(patch) !== undefined);
  if (files.length > 0) return files.map(toChangedFile);
  throw new SkillError(422, 'not_a_diff', 'The text contains no changed file. Send the output of: git diff');
}

function plainDiff(text: string): string {
  const plain = asPlainDiff(text);
  const broken = plain === text ? null : /^@@@.{0,80}/m.exec(plain);
  if (!broken) return plain;
  throw new SkillError(422, 'broken_diff', `The diff of a merge is broken at "${broken[0]}".`);
}

function parse(text: string): StructuredPatch[] {
  try {
    return parsePatch(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SkillError(422, 'broken_diff', `The diff is broken: ${reason}`, { cause });
  }
}

/** A file whose hunks stand alone, as GitHub's list of files has them; a text without hunks shows no lines. */
export function changedFile(path: string, status: FileStatus, hunks: string, binary: boolean): ChangedFile {
  const [patch] = parse(`--- file\n+++ file\n${hunks}\n`);
  return { path, status, binary, ...linesOf(patch?.hunks ?? []) };
}

function toChangedFile(patch: StructuredPatch): ChangedFile {
  const binary = patch.isBinary ?? false;
  return { path: pathOf(patch) ?? '', status: statusOf(patch), binary, ...linesOf(patch.hunks) };
}

function linesOf(hunks: StructuredPatchHunk[]): Pick<ChangedFile, 'added' | 'removed' | 'hunks'> {
  return {
    added: hunks.flatMap(({ newStart, lines }) => linesMarked('+', newStart, lines)),
    removed: hunks.flatMap(({ oldStart, lines }) => linesMarked('-', oldStart, lines)),
    hunks,
  };
}

function linesMarked(mark: '+' | '-', start: number, lines: string[]): Line[] {
  return sideOf(mark, lines).flatMap((text, index) =>
    text.startsWith(mark) ? [{ line: start + index, text: text.slice(1) }] : [],
  );
}

/** The lines of a hunk on its new (+) or old (-) side, still with their marks. */
export function sideOf(mark: '+' | '-', lines: string[]): string[] {
  // "\ No newline at end of file" is a remark on the line before it.
  return lines.filter((line) => !line.startsWith(mark === '+' ? '-' : '+') && !line.startsWith('\\'));
}

const noFile = '/dev/null';

function pathOf({ oldFileName, newFileName }: StructuredPatch): string | undefined {
  const name = newFileName && newFileName !== noFile ? newFileName : oldFileName;
  return name?.replace(/^[ab]\//, '');
}

function statusOf(patch: StructuredPatch): FileStatus {
  if (patch.isCreate || patch.oldFileName === noFile) return 'added';
  if (patch.isDelete || patch.newFileName === noFile) return 'deleted';
  if (patch.isRename) return 'renamed';
  return patch.isCopy ? 'copied' : 'modified';
}
