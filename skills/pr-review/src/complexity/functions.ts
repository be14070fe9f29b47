import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import type { Language } from '../code/language.js';
import type { ParsedChunk } from '../code/parse.js';
import { firstChangedLine, lineAt } from '../diff/chunk.js';
import { branchTokens } from '../rules/complexity.js';

export interface FunctionComplexity {
  name: string;
  /** Number in its file of the line that it starts on. */
  line: number;
  /** The first changed line in it; nothing when it did not change. */
  changedLine: number | undefined;
  /** McCabe's cyclomatic complexity: 1 and 1 more for every branch, without those of functions inside. */
  complexity: number;
}

const functionNames =
  /^(?:FunctionDeclaration|FunctionExpression|ArrowFunction|MethodDeclaration|FunctionDefinition)$/;

export interface Measured {
  functions: FunctionComplexity[];
  /** Branches on changed lines, inside functions or not. */
  changedBranches: number;
}

/** Measures the functions of a chunk. One that the chunk shows in part counts with what is in sight. */
export function measure(chunk: ParsedChunk, language: Language): Measured {
  const functions: FunctionComplexity[] = [];
  const open: FunctionComplexity[] = [];
  let changedBranches = 0;
  chunk.tree.iterate({
    enter: (node) => {
      if (functionNames.test(node.name)) open.push(functionAt(chunk, node));
      else if (isBranch(chunk, node, language)) {
        const inner = open.at(-1);
        if (inner) inner.complexity += 1;
        if (chunk.changed.has(lineAt(chunk, node.from))) changedBranches += 1;
      }
    },
    leave: (node) => {
      const done = functionNames.test(node.name) ? open.pop() : undefined;
      if (done) functions.push(done);
    },
  });
  return { functions, changedBranches };
}

function functionAt(chunk: ParsedChunk, { node }: SyntaxNodeRef): FunctionComplexity {
  return {
    name: nameOf(chunk, node),
    line: lineAt(chunk, node.from),
    changedLine: firstChangedLine(chunk, node.from, node.to),
    complexity: 1,
  };
}

function isBranch({ text }: ParsedChunk, { name, from, to }: SyntaxNodeRef, language: Language): boolean {
  const isOperator = name === 'LogicOp' || name === 'UpdateOp';
  return branchTokens[language].has(isOperator ? text.slice(from, to) : name);
}

/** `Cart.total` for a method; a function that was given to something has that thing's name. */
function nameOf(chunk: ParsedChunk, node: SyntaxNode): string {
  const own =
    node.getChild(node.name === 'FunctionDefinition' ? 'VariableName' : 'PropertyDefinition') ??
    (node.name === 'ArrowFunction' ? null : node.getChild('VariableDefinition')) ??
    node.getChild('Name') ??
    nameGivenTo(node);
  const owner = ownerOf(node)?.getChild('VariableDefinition') ?? ownerOf(node)?.getChild('VariableName');
  const names = [owner, own].map((name) => (name ? chunk.text.slice(name.from, name.to) : ''));
  return (
    names
      .filter((name) => name !== '')
      .join('.')
      .slice(0, 100) || '(anonymous)'
  );
}

function nameGivenTo(node: SyntaxNode): SyntaxNode | null {
  for (let sibling = node.prevSibling; sibling; sibling = sibling.prevSibling) {
    if (/^(?:VariableDefinition|PropertyDefinition|MemberExpression)$/.test(sibling.name)) return sibling;
  }
  return null;
}

function ownerOf(node: SyntaxNode): SyntaxNode | undefined {
  const body = node.parent?.name === 'DecoratedStatement' ? node.parent.parent : node.parent;
  const owner = body?.parent;
  return owner && /^Class(?:Declaration|Expression|Definition)$/.test(owner.name) ? owner : undefined;
}
