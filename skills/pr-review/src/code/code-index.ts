import type { SyntaxNode } from '@lezer/common';
import { firstChangedLine } from '../diff/chunk.js';
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

/** A text that goes over several lines, on one line. */
export interface LongText {
  text: string;
  /** The first changed line in it. */
  line: number;
}

const stringNodes = /^(?:String|TemplateString|FormatString)$/;

/** Longer texts are not statements that a person wrote. */
const maxText = 4_000;

/** The texts of several lines that changed, without those that a tag such as sql`...` takes the values of. */
export function changedLongTexts(index: CodeIndex): LongText[] {
  return index.flatMap((chunk) => {
    const nodes: SyntaxNode[] = [];
    chunk.tree.iterate({
      enter: (node) => {
        if (stringNodes.test(node.name) && isLong(chunk, node)) nodes.push(node.node);
      },
    });
    return nodes
      .filter(({ parent }) => parent?.name !== 'TaggedTemplateExpression')
      .flatMap((node) => longText(chunk, node));
  });
}

function isLong({ text }: ParsedChunk, { from, to }: { from: number; to: number }): boolean {
  return to - from <= maxText && text.slice(from, to).includes('\n');
}

function longText(chunk: ParsedChunk, { from, to }: SyntaxNode): LongText[] {
  const line = firstChangedLine(chunk, from, to);
  const text = chunk.text.slice(from, to).replace(/\s+/g, ' ');
  return line === undefined ? [] : [{ text, line }];
}
