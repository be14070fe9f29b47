import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';
import { scriptParameters } from './parameters.js';
import { childrenOf, headOf, type Signature, signature, textOf } from './signature.js';

const members = ['MethodDeclaration', 'PropertyDeclaration', 'PropertyType', 'MethodType'];

/** What a class, an interface or an object type offers: its members, without those that are private or protected. */
export function membersOf(chunk: ParsedChunk, owner: string, body: SyntaxNode | null): Signature[] {
  const ofType = body?.name === 'ObjectType';
  return (body ? childrenOf(body) : [])
    .filter((node) => members.includes(node.name) && !isHidden(chunk, node))
    .flatMap((node) => {
      const name = textOf(chunk, node.getChild('PropertyDefinition'));
      return name === '' ? [] : [memberSignature(chunk, `${owner}.${name}`, node, ofType)];
    });
}

function isHidden(chunk: ParsedChunk, node: SyntaxNode): boolean {
  return /^(?:private|protected)$/.test(textOf(chunk, node.getChild('Privacy')));
}

function memberSignature(chunk: ParsedChunk, name: string, node: SyntaxNode, ofType: boolean): Signature {
  const accessor = node.getChild('get') ?? node.getChild('set');
  const method = node.getChild('ParamList') !== null && !accessor;
  const optional = node.getChild('Optional') !== null;
  const said = method ? callable(chunk, name, node) : value(chunk, name, node);
  return { ...said, optional, ofType };
}

/** The signature of a function, a method or an arrow function. */
export function callable(chunk: ParsedChunk, name: string, node: SyntaxNode): Signature {
  const list = node.getChild('ParamList');
  const body = node.getChild('Block') ?? node.getChild('Arrow');
  return {
    ...signature(name, 'function', [headOf(chunk, node, body)]),
    parameters: list ? scriptParameters(chunk, list) : loneParameter(chunk, node),
    type: textOf(chunk, returnTypeOf(node)),
    async: node.getChild('async') !== null,
    body: body !== null,
  };
}

/** An arrow function with one parameter needs no parentheses: `x => x`. */
function loneParameter(chunk: ParsedChunk, node: SyntaxNode) {
  const name = textOf(chunk, node.getChild('VariableDefinition'));
  return name === '' ? [] : [{ name, type: '', optional: false, kind: 'positional' as const }];
}

function returnTypeOf(node: SyntaxNode): SyntaxNode | null {
  return node.getChild('TypeAnnotation') ?? node.getChild('TypePredicate');
}

/** A member that has a type and is not called. */
function value(chunk: ParsedChunk, name: string, node: SyntaxNode): Signature {
  const type = textOf(chunk, node.getChild('TypeAnnotation'));
  return {
    ...signature(name, 'value', [headOf(chunk, node, node.getChild('Block') ?? node.getChild('Equals'))]),
    type,
  };
}
