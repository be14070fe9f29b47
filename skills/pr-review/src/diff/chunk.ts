import { applyPatch, reversePatch } from 'diff';
import { type ChangedFile, sideOf } from './parse-diff.js';

/** A run of consecutive lines of one side of a change: a whole file, or what one hunk shows of it. */
export interface Chunk {
  text: string;
  /** Number in its file of the first line, from 1. */
  firstLine: number;
  /** Numbers in its file of the lines that the change adds (new side) or removes (old side). */
  changed: ReadonlySet<number>;
  /** Offset of each line in `text`. */
  lineStarts: number[];
}

/** A file before and after the change. */
export interface Sides {
  before: Chunk[];
  after: Chunk[];
  /** The whole file is known, and not only the surroundings of what changed. */
  whole: boolean;
}

/**
 * Both sides of a change. With the whole new file the old one follows from the diff, which costs no second download
 * and is the very file that the diff starts from; the tip of the base branch need not be.
 *
 * @param newText the whole new file, where it is known. A text that the diff does not lead to is ignored.
 */
export function sidesOf(file: ChangedFile, newText?: string): Sides {
  const { hunks, status } = file;
  const oldText = newText === undefined ? false : oldTextOf(file, newText);
  const removed = new Set(file.removed.map(({ line }) => line));
  const added = new Set(file.added.map(({ line }) => line));
  if (newText !== undefined && oldText !== false) {
    return { before: [chunk(oldText, 1, removed)], after: [chunk(newText, 1, added)], whole: true };
  }
  return {
    before: hunks.map(({ oldStart, lines }) => chunk(textOf('-', lines), oldStart, removed)),
    after: hunks.map(({ newStart, lines }) => chunk(textOf('+', lines), newStart, added)),
    whole: status === 'added' || status === 'deleted',
  };
}

function oldTextOf({ path, hunks }: ChangedFile, newText: string): string | false {
  const patch = { oldFileName: path, newFileName: path, oldHeader: '', newHeader: '', hunks };
  return applyPatch(newText, reversePatch(patch));
}

function textOf(mark: '+' | '-', lines: string[]): string {
  const side = sideOf(mark, lines).map((line) => line.slice(1));
  return withoutCutComment(side.join('\n'));
}

/** A hunk often starts inside a block comment; the rest of that would be read as code. */
function withoutCutComment(text: string): string {
  const end = text.indexOf('*/');
  const start = text.indexOf('/*');
  if (end < 0 || (start >= 0 && start < end)) return text;
  return text.slice(0, end + 2).replace(/[^\n]/g, ' ') + text.slice(end + 2);
}

function chunk(text: string, firstLine: number, changed: ReadonlySet<number>): Chunk {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { text, firstLine, changed, lineStarts };
}

/** The number in its file of the line that an offset of the chunk's text is in. */
export function lineAt({ lineStarts, firstLine }: Chunk, offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return firstLine + low;
}

/** The first changed line of a part of the chunk's text, if any is. */
export function firstChangedLine(within: Chunk, from: number, to: number): number | undefined {
  const last = lineAt(within, to);
  for (let line = lineAt(within, from); line <= last; line++) if (within.changed.has(line)) return line;
  return undefined;
}
