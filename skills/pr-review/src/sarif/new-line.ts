import type { ChangedFile } from '../diff/parse-diff.js';

/** The line of the new file that is now where a removed line was; the last one of its hunk where nothing follows. */
export function newLineOf({ hunks }: ChangedFile, removedLine: number): number {
  const hunk = hunks.find(
    ({ oldStart, oldLines }) => removedLine >= oldStart && removedLine < oldStart + oldLines,
  );
  if (!hunk) return removedLine;
  let oldLine = hunk.oldStart;
  let newLine = hunk.newStart;
  for (const line of hunk.lines) {
    if (oldLine === removedLine && line.startsWith('-')) break;
    if (line.startsWith('-') || line.startsWith(' ')) oldLine += 1;
    if (line.startsWith('+') || line.startsWith(' ')) newLine += 1;
  }
  return Math.max(1, Math.min(newLine, hunk.newStart + hunk.newLines - 1));
}
