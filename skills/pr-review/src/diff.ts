import { parsePatch, type StructuredPatch } from 'diff';
import { SkillError } from '@odoobo/skill-kit';

/** A line that the diff adds, numbered as in the new file. */
export interface AddedLine {
  line: number;
  text: string;
}

export type FileStatus = 'added' | 'modified' | 'deleted' | 'renamed' | 'copied';

export interface ChangedFile {
  path: string;
  status: FileStatus;
  binary: boolean;
  added: AddedLine[];
  removed: string[];
}

/**
 * Reads a unified diff, Git's extended headers included.
 * @throws SkillError 422 when the text is no diff or one of its hunks is broken
 */
export function parseDiff(text: string): ChangedFile[] {
  const files = parse(text).filter((patch) => pathOf(patch) !== undefined);
  if (files.length > 0) return files.map(toChangedFile);
  throw new SkillError(422, 'not_a_diff', 'The text names no changed file. Send the output of: git diff');
}

function parse(text: string): StructuredPatch[] {
  try {
    return parsePatch(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SkillError(422, 'broken_diff', `The diff is broken: ${reason}`, { cause });
  }
}

function toChangedFile(patch: StructuredPatch): ChangedFile {
  return {
    path: pathOf(patch) ?? '',
    status: statusOf(patch),
    binary: patch.isBinary ?? false,
    added: patch.hunks.flatMap(addedLines),
    removed: patch.hunks
      .flatMap(({ lines }) => lines.filter((line) => line.startsWith('-')))
      .map(withoutMark),
  };
}

function addedLines({ newStart, lines }: StructuredPatch['hunks'][number]): AddedLine[] {
  const added: AddedLine[] = [];
  let line = newStart;
  for (const text of lines) {
    if (text.startsWith('+')) added.push({ line, text: withoutMark(text) });
    // "\ No newline at end of file" is a remark on the line before it.
    if (!text.startsWith('-') && !text.startsWith('\\')) line += 1;
  }
  return added;
}

function withoutMark(line: string): string {
  return line.slice(1);
}

const NO_FILE = '/dev/null';

function pathOf({ oldFileName, newFileName }: StructuredPatch): string | undefined {
  const name = newFileName && newFileName !== NO_FILE ? newFileName : oldFileName;
  return name?.replace(/^[ab]\//, '');
}

function statusOf(patch: StructuredPatch): FileStatus {
  if (patch.isCreate || patch.oldFileName === NO_FILE) return 'added';
  if (patch.isDelete || patch.newFileName === NO_FILE) return 'deleted';
  if (patch.isRename) return 'renamed';
  return patch.isCopy ? 'copied' : 'modified';
}
