import type { ParsedChunk } from './parse.js';

/** Finds the syntax at a place of the new file. */
export type CodeIndex = ParsedChunk[];

const inert = /Comment$|^String$|^TemplateString$|^FormatString$|^RegExp$|^JSXText$/;

/** Whether a place is inside a comment or a literal, which runs nothing. Where a literal begins still counts as code. */
export function isInert(index: CodeIndex, line: number, column: number): boolean {
  const chunk = index.find(
    ({ firstLine, lineStarts }) => line >= firstLine && line < firstLine + lineStarts.length,
  );
  const start = chunk?.lineStarts[line - chunk.firstLine];
  if (!chunk || start === undefined) return false;
  const node = chunk.tree.resolveInner(start + column, 1);
  return inert.test(node.name) && (node.from < start + column || node.name.endsWith('Comment'));
}
