import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';
import { type Chunk, firstChangedLine } from '../diff/chunk.js';

export interface Parameter {
  name: string;
  /** The annotated type; empty where there is none. */
  type: string;
  optional: boolean;
  kind: 'positional' | 'keyword' | 'rest';
}

export type Kind = 'function' | 'class' | 'type' | 'enum' | 'value' | 'namespace' | 'unknown';

/** What users of a module see of one thing that it exports. Members carry their owner's name: `Cart.total`. */
export interface Signature {
  name: string;
  kind: Kind;
  /** For functions and methods. */
  parameters?: Parameter[];
  /** What a function returns, what a value or a type is; empty where that is not declared. */
  type: string;
  async: boolean;
  /** A member that may be left out. */
  optional: boolean;
  /** A member of a type: code that makes an object of the type has to give it. */
  ofType: boolean;
  /** A function with a body; overloads have none. */
  body: boolean;
  /** The place of its declaration. */
  places: Place[];
}

/** A part of a chunk's text, in offsets. */
export interface Place {
  chunk: Chunk;
  from: number;
  to: number;
}

/** A signature of which only its name and place are known. */
export function signature(name: string, kind: Kind, places: Place[]): Signature {
  return { name, kind, type: '', async: false, optional: false, ofType: false, body: false, places };
}

/** The first changed line of a signature. */
export function changedLineOf({ places }: Signature): number | undefined {
  for (const { chunk, from, to } of places) {
    const line = firstChangedLine(chunk, from, to);
    if (line !== undefined) return line;
  }
  return undefined;
}

/** A node up to its body: what of it is a promise to others. */
export function headOf(chunk: ParsedChunk, node: SyntaxNode, body: SyntaxNode | null): Place {
  return { chunk, from: node.from, to: Math.max(node.from, (body?.from ?? node.to) - 1) };
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

/** The source of a node on one line, so that a new line break is not a change. */
export function textOf({ text }: Chunk, node: { from: number; to: number } | null): string {
  return node ? normalised(text.slice(node.from, node.to)) : '';
}

/** Formatting changes nothing: white space, the mark before a type, a comma or semicolon after it. */
export function normalised(text: string): string {
  return text
    .trim()
    .replace(/^(?::|->)\s*/, '')
    .replace(/[;,]$/, '')
    .replace(/\s+/g, ' ')
    .replace(/\s?([<>(){}[\]|&,:])\s?/g, '$1')
    .replace(/[;,](?=[)}\]>])/g, '');
}
