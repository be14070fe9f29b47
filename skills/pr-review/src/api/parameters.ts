import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';
import { childrenOf, normalised, type Parameter, textOf } from './signature.js';

/** The parameters in a `ParamList` of JavaScript or TypeScript. */
export function scriptParameters(chunk: ParsedChunk, list: SyntaxNode | null): Parameter[] {
  return split(list)
    .map((nodes): Parameter => {
      const is = (name: string) => nodes.find((node) => node.name === name);
      const what = nodes.find(({ name }) =>
        /^(?:VariableDefinition|this|ObjectPattern|ArrayPattern)$/.test(name),
      );
      return {
        name: textOf(chunk, what ?? null),
        type: textOf(chunk, is('TypeAnnotation') ?? null),
        optional: Boolean(is('Optional') ?? is('Equals')),
        kind: is('Spread') ? 'rest' : 'positional',
      };
    })
    .filter(({ name }) => name !== '' && name !== 'this');
}

/** The parameters in a `ParamList` of Python. */
export function pythonParameters(chunk: ParsedChunk, list: SyntaxNode | null): Parameter[] {
  let keywordOnly = false;
  return split(list).flatMap((nodes): Parameter[] => {
    const star = nodes.some(({ name }) => name === '*');
    const rest = star || nodes.some(({ name }) => name === '**');
    const kind = rest ? 'rest' : keywordOnly ? 'keyword' : 'positional';
    keywordOnly ||= star;
    const variable = nodes.find(({ name }) => name === 'VariableName');
    // A bare * or / is a mark between parameters.
    if (!variable) return [];
    const type = textOf(chunk, nodes.find(({ name }) => name === 'TypeDef') ?? null);
    const optional = nodes.some(({ name }) => name === 'AssignOp');
    return [{ name: normalised(textOf(chunk, variable)), type, optional, kind }];
  });
}

/** The nodes of each item of a list in parentheses. */
function split(list: SyntaxNode | null): SyntaxNode[][] {
  const items: SyntaxNode[][] = [[]];
  for (const node of list ? childrenOf(list) : []) {
    if (node.name === ',') items.push([]);
    else if (node.name !== '(' && node.name !== ')') items.at(-1)?.push(node);
  }
  return items.filter((nodes) => nodes.length > 0);
}
