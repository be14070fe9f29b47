import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';
import { pythonParameters } from './parameters.js';
import { childrenOf, headOf, type Place, type Signature, signature, textOf } from './signature.js';

/** What a module in Python offers: its public functions and classes with their public methods, and its constants. */
export function pythonExports(chunk: ParsedChunk): Signature[] {
  const statements = childrenOf(chunk.tree.topNode);
  const listed = statements.map((node) => listOfNames(chunk, node)).find((names) => names !== undefined);
  return statements
    .flatMap((node) => declared(chunk, node, ''))
    .filter(({ name }) => !listed || listed.includes(name.split('.', 1)[0] ?? ''));
}

/** PEP 8: the names in `__all__` are the public ones of a module that has it. */
function listOfNames(chunk: ParsedChunk, node: SyntaxNode): string[] | undefined {
  if (node.name !== 'AssignStatement' || textOf(chunk, node.firstChild) !== '__all__') return undefined;
  const values = node.getChild('ArrayExpression') ?? node.getChild('TupleExpression');
  return values?.getChildren('String').map((name) => textOf(chunk, name).replace(/^["']+|["']+$/g, ''));
}

/** Methods that others call without naming them. */
const calledFromOutside = ['__init__', '__call__'];

function declared(chunk: ParsedChunk, statement: SyntaxNode, owner: string): Signature[] {
  const node = statement.name === 'DecoratedStatement' ? (statement.lastChild ?? statement) : statement;
  const own = textOf(chunk, node.getChild('VariableName'));
  if (own === '' || (own.startsWith('_') && !calledFromOutside.includes(own))) return [];
  const name = owner + own;
  const place = headOf(chunk, statement, node.getChild('Body'));
  const decorators = statement.getChildren('Decorator').map((decorator) => textOf(chunk, decorator));
  if (node.name === 'FunctionDefinition') return [functionOf(chunk, name, node, place, decorators)];
  if (node.name === 'ClassDefinition') {
    const members = childrenOf(node.getChild('Body') ?? node).flatMap((member) =>
      declared(chunk, member, `${name}.`),
    );
    return [signature(name, 'class', [place]), ...members];
  }
  if (node.name !== 'AssignStatement') return [];
  return [{ ...signature(name, 'value', [place]), type: textOf(chunk, node.getChild('TypeDef')) }];
}

function functionOf(
  chunk: ParsedChunk,
  name: string,
  node: SyntaxNode,
  place: Place,
  decorators: string[],
): Signature {
  const said = signature(name, 'function', [place]);
  const type = textOf(chunk, node.getChild('TypeDef'));
  if (decorators.some((decorator) => /^@(?:\w+\.)?(?:cached_)?property\b/.test(decorator))) {
    return { ...said, kind: 'value', type };
  }
  const all = pythonParameters(chunk, node.getChild('ParamList'));
  const isMethod = name.includes('.') && !decorators.includes('@staticmethod');
  const parameters = isMethod ? all.slice(1) : all;
  return { ...said, parameters, type, async: node.getChild('async') !== null, body: true };
}
