import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';

const functionNode =
  /^(?:FunctionDeclaration|FunctionExpression|ArrowFunction|MethodDeclaration|FunctionDefinition|LambdaExpression)$/;

/** Tokens that the grammars keep as nodes between the operands and arguments. */
const token =
  /^(?:[^A-Za-z]+|.*Op|Equals|Arrow|as|satisfies|in|of|not|is|if|else|await|new|print|echo|include|from|typeof|Comment|LineComment|BlockComment|Optional|TypeDef|TypeAnnotation|Spread|NamedType|InterpolationStart|InterpolationEnd|FormatConversion|FormatSpec|FormatSelfDoc)$/;

export function isFunction(node: { name: string }): boolean {
  return functionNode.test(node.name);
}

/** The function that a place is in; the top of the tree where that is outside or out of sight. */
export function functionAround(node: SyntaxNode): SyntaxNode {
  let around = node;
  while (around.parent && !isFunction(around)) around = around.parent;
  return around;
}

/** The children without punctuation and keywords. */
export function operands(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (!token.test(child.name)) found.push(child);
  }
  return found;
}

export function textIn({ text }: ParsedChunk, node: { from: number; to: number } | null | undefined): string {
  return node ? text.slice(node.from, node.to) : '';
}

/** An argument of a call; `name` where it is given by name, as Python has it. */
export interface Argument {
  name?: string;
  node: SyntaxNode;
}

/** Enough for any call that a person wrote. */
const maxArguments = 50;

export function argumentsOf(chunk: ParsedChunk, call: SyntaxNode): Argument[] {
  const found: Argument[] = [];
  const list = call.getChild('ArgList');
  for (let child = list?.firstChild; child && found.length < maxArguments; child = child.nextSibling) {
    if (token.test(child.name)) continue;
    const value = child.nextSibling?.name === 'AssignOp' ? child.nextSibling.nextSibling : null;
    found.push(value ? { name: textIn(chunk, child), node: value } : { node: child });
    if (value) child = value;
  }
  return found;
}

/** Longer ones are chains of calls, which no rule is about. */
const maxCallee = 200;

/** What is called, without spaces and `?.`: `cp.exec`, `$db->query`. */
export function calleeOf(chunk: ParsedChunk, call: SyntaxNode): string {
  const callee = call.name === 'NewExpression' ? call.firstChild?.nextSibling : call.firstChild;
  if (!callee || callee.to - callee.from > maxCallee) return '';
  const text = textIn(chunk, callee).replace(/\s+/g, '').replaceAll('?.', '.');
  return call.name === 'NewExpression' ? `new ${text}` : text;
}
