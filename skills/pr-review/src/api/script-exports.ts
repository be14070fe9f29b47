import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';
import { groupBy } from '../group-by.js';
import { callable, membersOf } from './script-members.js';
import { childrenOf, headOf, type Kind, type Signature, signature, textOf } from './signature.js';

/** What a module in JavaScript or TypeScript exports, as ES module or CommonJS. */
export function scriptExports(chunk: ParsedChunk): Signature[] {
  const statements = childrenOf(chunk.tree.topNode);
  const declarations = statements.flatMap((node) => declared(chunk, node));
  const local = groupBy(declarations, ({ name }) => name.split('.', 1)[0] ?? '');
  return statements.flatMap((node) => {
    if (node.name === 'ExportDeclaration') return exported(chunk, node, local);
    return node.name === 'ExpressionStatement' ? commonJs(chunk, node.firstChild) : [];
  });
}

function exported(chunk: ParsedChunk, node: SyntaxNode, local: Map<string, Signature[]>): Signature[] {
  const group = node.getChild('ExportGroup');
  const place = headOf(chunk, node, null);
  if (group) return fromGroup(chunk, node, group, local);
  if (node.getChild('Star')) {
    const name = textOf(chunk, node.getChild('VariableDefinition') ?? node.getChild('VariableName'));
    return [signature(name || `* from ${textOf(chunk, node.getChild('String'))}`, 'namespace', [place])];
  }
  const found = childrenOf(node).flatMap((child) => declared(chunk, child));
  if (!node.getChild('default')) return found;
  if (found.length > 0) return found.map((one) => ({ ...one, name: one.name.replace(/^[^.]*/, 'default') }));
  const arrow = node.getChild('ArrowFunction');
  return [arrow ? callable(chunk, 'default', arrow) : signature('default', 'unknown', [place])];
}

/** `export { a, b as c }`: under its new name each is what its declaration says, where that is in sight. */
function fromGroup(
  chunk: ParsedChunk,
  node: SyntaxNode,
  group: SyntaxNode,
  local: Map<string, Signature[]>,
): Signature[] {
  const elsewhere = node.getChild('from') !== null;
  const text = chunk.text.slice(group.from, group.to);
  return [...text.matchAll(/(?:\btype\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*[,}]/g)].flatMap((match) => {
    const [said, name = '', alias = name] = match;
    const from = group.from + match.index;
    const place = { chunk, from, to: from + said.length - 1 };
    const declarations = elsewhere ? undefined : local.get(name);
    if (!declarations) return [signature(alias, 'unknown', [place])];
    return declarations.map((one) => ({
      ...one,
      name: one.name.replace(/^[^.]*/, alias),
      places: [...one.places, place],
    }));
  });
}

/** `module.exports = {...}`, `module.exports.a = ...` and `exports.a = ...`. */
function commonJs(chunk: ParsedChunk, node: SyntaxNode | null): Signature[] {
  const target = node?.name === 'AssignmentExpression' ? node.firstChild : null;
  const match = /^(?:module\.)?exports(?:\.([\w$]+))?$/.exec(textOf(chunk, target));
  if (!node || !match) return [];
  const right = node.lastChild;
  if (match[1]) return [valueOrFunction(chunk, match[1], right ?? node, node)];
  if (right?.name !== 'ObjectExpression') return [];
  return right.getChildren('Property').flatMap((property) => {
    const name = textOf(chunk, property.getChild('PropertyDefinition'));
    return name === '' ? [] : [valueOrFunction(chunk, name, property.lastChild ?? property, property)];
  });
}

function valueOrFunction(chunk: ParsedChunk, name: string, node: SyntaxNode, whole: SyntaxNode): Signature {
  const isFunction = /^(?:FunctionExpression|ArrowFunction)$/.test(node.name);
  return isFunction ? callable(chunk, name, node) : signature(name, 'unknown', [headOf(chunk, whole, null)]);
}

const kinds: Record<string, Kind> = {
  ClassDeclaration: 'class',
  InterfaceDeclaration: 'type',
  TypeAliasDeclaration: 'type',
  EnumDeclaration: 'enum',
  NamespaceDeclaration: 'namespace',
};

/** What a declaration declares, with its members. */
function declared(chunk: ParsedChunk, node: SyntaxNode): Signature[] {
  if (node.name === 'VariableDeclaration') return variables(chunk, node);
  const name =
    textOf(chunk, node.getChild('VariableDefinition') ?? node.getChild('TypeDefinition')) || 'default';
  if (node.name === 'FunctionDeclaration') return [callable(chunk, name, node)];
  const kind = kinds[node.name];
  if (!kind) return [];
  const body =
    node.getChild('ClassBody') ??
    node.getChild('ObjectType') ??
    node.getChild('EnumBody') ??
    node.getChild('Block');
  const owner = signature(name, kind, [headOf(chunk, node, body)]);
  if (kind === 'enum') return [owner, ...enumMembers(chunk, name, body)];
  const type = node.name === 'TypeAliasDeclaration' && !body ? aliasOf(chunk, node) : '';
  return [{ ...owner, type }, ...(kind === 'namespace' ? [] : membersOf(chunk, name, body))];
}

function enumMembers(chunk: ParsedChunk, owner: string, body: SyntaxNode | null): Signature[] {
  return (body?.getChildren('PropertyName') ?? []).map((member) =>
    signature(`${owner}.${textOf(chunk, member)}`, 'value', [headOf(chunk, member, null)]),
  );
}

function aliasOf(chunk: ParsedChunk, node: SyntaxNode): string {
  const equals = node.getChild('Equals');
  return equals ? textOf(chunk, { from: equals.to, to: node.to }) : '';
}

/** `const a = 1, b = () => {}`. */
function variables(chunk: ParsedChunk, node: SyntaxNode): Signature[] {
  return node.getChildren('VariableDefinition').flatMap((name) => {
    let from: SyntaxNode | null = name.nextSibling;
    const annotation = from?.name === 'TypeAnnotation' ? from : null;
    if (annotation) from = annotation.nextSibling;
    const made = from?.name === 'Equals' ? from.nextSibling : null;
    const place = { chunk, from: node.from, to: (annotation ?? name).to };
    if (made && /^(?:FunctionExpression|ArrowFunction)$/.test(made.name)) {
      const found = callable(chunk, textOf(chunk, name), made);
      return [{ ...found, places: [place, ...found.places] }];
    }
    const own = { ...signature(textOf(chunk, name), 'value', [place]), type: textOf(chunk, annotation) };
    return [own, ...options(chunk, own.name, made)];
  });
}

/** The keys of an object that is exported, as options and tables are. */
function options(chunk: ParsedChunk, owner: string, made: SyntaxNode | null | undefined): Signature[] {
  if (made?.name !== 'ObjectExpression') return [];
  return made.getChildren('Property').flatMap((property) => {
    const name = textOf(chunk, property.getChild('PropertyDefinition'));
    return name === '' ? [] : [signature(`${owner}.${name}`, 'unknown', [headOf(chunk, property, null)])];
  });
}
