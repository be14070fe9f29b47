import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';
import { argumentsOf, functionAround, isFunction, operands, textIn } from './syntax.js';

/** A place that gives a variable a value. */
export interface Definition {
  /** `add` appends to what it has, as += does. `parameter` has no value here. */
  kind: 'set' | 'add' | 'parameter';
  value: SyntaxNode | undefined;
  /** The whole statement. */
  node: SyntaxNode;
}

/** A condition that the code tests before it goes on. */
export interface Check {
  condition: string;
  node: SyntaxNode;
  /** What runs when the condition holds leaves the function or the loop. */
  leaves: boolean;
  /** Variables that get a value of the code instead then. */
  replaced: string[];
}

/** What a function, or the code outside of all, defines and tests. */
export interface Scope {
  definitions: Map<string, Definition[]>;
  checks: Check[];
}

export type Scopes = Map<number, Scope>;

/** A variable that gets more values than this is followed only so far. */
const maxDefinitions = 30;

/** The scopes of a chunk, by where their function starts. */
export function scopesOf(chunk: ParsedChunk): Scopes {
  const scopes: Scopes = new Map();
  chunk.tree.iterate({
    enter: (ref) => {
      if (!defining.test(ref.name)) return;
      const { node } = ref;
      for (const [name, definition] of definedBy(chunk, node)) {
        const { definitions } = scopeAt(scopes, definition.node);
        const known = definitions.get(name) ?? [];
        if (known.length < maxDefinitions) definitions.set(name, [...known, definition]);
      }
      if (node.name === 'IfStatement') scopeAt(scopes, node).checks.push(checkOf(chunk, node));
    },
  });
  return scopes;
}

/** The key of the scope that a place is in. */
export function scopeKey(node: SyntaxNode): number {
  const around = functionAround(node);
  return around.parent ? around.from : -1;
}

function scopeAt(scopes: Scopes, node: SyntaxNode): Scope {
  const key = scopeKey(node);
  const scope = scopes.get(key) ?? { definitions: new Map(), checks: [] };
  scopes.set(key, scope);
  return scope;
}

/** The nodes that are looked at: making one of each place of deep code would take long. */
const defining =
  /^(?:Variable(?:Declaration)|Assign\w+|NamedExpression|For(?:Of|In)Spec|ForStatement|Update\w+|ParamList|CallExpression|IfStatement|ArrowFunction)$/;

type Named = [name: string, definition: Definition];

function definedBy(chunk: ParsedChunk, node: SyntaxNode): Named[] {
  switch (node.name) {
    case 'VariableDeclaration':
    case 'AssignmentExpression':
    case 'AssignStatement':
    case 'NamedExpression':
    case 'ForOfSpec':
    case 'ForInSpec':
    case 'ForStatement':
      return assigned(chunk, node);
    case 'UpdateStatement':
    case 'UpdateExpression':
      return appended(chunk, node);
    case 'ParamList':
      return parameters(chunk, node);
    case 'CallExpression':
      return pushed(chunk, node);
    default:
      return isFunction(node) ? loneParameter(chunk, node) : [];
  }
}

const assigns = /^(?:Equals|AssignOp|of|in)$/;
const target =
  /^(?:VariableDefinition|VariableName|ObjectPattern|ArrayPattern|TupleExpression|PatternProperty)$/;

/** `a = b = value`, `const { a } = value`, `for a in value`: every name left of a sign gets what follows the last one. */
function assigned(chunk: ParsedChunk, node: SyntaxNode): Named[] {
  const found: Named[] = [];
  let waiting: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (assigns.test(child.name)) {
      const value = child.nextSibling ?? undefined;
      const next = value?.nextSibling?.name ?? '';
      if (assigns.test(next)) continue;
      const kind = 'set' as const;
      // `a, b = 1, 2`: which value a name gets is not followed.
      const single = next === ',' && node.name === 'AssignStatement' ? undefined : value;
      for (const name of waiting.flatMap((each) => namesIn(chunk, each)))
        found.push([name, { kind, value: single, node }]);
      waiting = [];
      if (value) child = value;
    } else if (target.test(child.name)) waiting.push(child);
  }
  return found.concat(
    node.name === 'AssignmentExpression' && found.length === 0 ? appended(chunk, node) : [],
  );
}

function appended(chunk: ParsedChunk, node: SyntaxNode): Named[] {
  const operator = node.getChild('UpdateOp');
  const name = node.firstChild;
  const value = operator?.nextSibling;
  if (name?.name !== 'VariableName' || !value || !/^[+.]=$/.test(textIn(chunk, operator))) return [];
  return [[textIn(chunk, name), { kind: 'add', value, node }]];
}

/** `parts.push(value)` and `parts.append(value)`. */
function pushed(chunk: ParsedChunk, node: SyntaxNode): Named[] {
  const match = /^([\w$]+)\.(?:push|append)$/.exec(textIn(chunk, node.firstChild));
  const [first] = match ? argumentsOf(chunk, node) : [];
  return match?.[1] && first ? [[match[1], { kind: 'add', value: first.node, node }]] : [];
}

function parameters(chunk: ParsedChunk, list: SyntaxNode): Named[] {
  const found: Named[] = [];
  for (let child = list.firstChild; child; child = child.nextSibling) {
    if (child.prevSibling && assigns.test(child.prevSibling.name)) continue;
    const node = child.name === 'Parameter' ? child.getChild('VariableName') : child;
    const named = node && (target.test(node.name) ? namesIn(chunk, node) : []);
    for (const name of named ?? []) found.push([name, { kind: 'parameter', value: undefined, node: list }]);
  }
  return found;
}

/** An arrow function with one parameter needs no list: `x => x`. */
function loneParameter(chunk: ParsedChunk, node: SyntaxNode): Named[] {
  const name = node.name === 'ArrowFunction' ? node.getChild('VariableDefinition') : null;
  return name ? [[textIn(chunk, name), { kind: 'parameter', value: undefined, node: name }]] : [];
}

function namesIn(chunk: ParsedChunk, node: SyntaxNode): string[] {
  if (/^Variable(?:Definition|Name)$/.test(node.name)) return [textIn(chunk, node)];
  const names: string[] = [];
  const cursor = node.cursor();
  while (cursor.next() && cursor.from < node.to && names.length < maxDefinitions) {
    if (/^Variable(?:Definition|Name)$/.test(cursor.name)) names.push(textIn(chunk, cursor));
  }
  return names;
}

/** A body that is longer is no early exit. */
const maxBody = 600;

function checkOf(chunk: ParsedChunk, node: SyntaxNode): Check {
  const [condition, body] = operands(node);
  const exit = body ? chunk.text.slice(body.from, Math.min(body.to, body.from + maxBody)) : '';
  const leaves = /\b(?:return|throw|raise|continue|break|exit|abort|die|next)\b/.test(exit);
  const replaced = [
    ...exit.matchAll(/(?:^|[\n;{:])\s*(\$?\w+)\s*=\s*(?:['"\d]|None\b|null\b|[A-Z][A-Z_]+\b)/g),
  ];
  return {
    condition: textIn(chunk, condition).slice(0, maxBody),
    node,
    leaves,
    replaced: replaced.map(([, name = '']) => name),
  };
}
