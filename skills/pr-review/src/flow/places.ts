import type { SyntaxNode, Tree } from '@lezer/common';

/** Nodes that put a text together. */
export const composing =
  /^(?:BinaryExpression|TemplateString|FormatString|ContinuedString|String|Heredoc|CallExpression|UpdateStatement|AssignmentExpression|UpdateExpression)$/;

const acting =
  /^(?:NewExpression|Property|ReturnStatement|EchoStatement|Print\w+|IncludeExpression|ShellExpression|For\w*Statement|FunctionDeclaration|FunctionExpression|MethodDeclaration|ArrowFunction)$/;

/** Nodes that only hold an inner part of what is put together around them. */
const holding =
  /^(?:BinaryExpression|ContinuedString|ParenthesizedExpression|TaggedTemplateExpression|MemberExpression)$/;
const held = /^(?:BinaryExpression|TemplateString|FormatString|ContinuedString|String)$/;

/**
 * The places of a tree where a text may be put together or used. Only these become nodes: the node of a place in deep code
 * takes as long to make as the code is deep.
 */
export function* placesIn(tree: Tree): Generator<SyntaxNode> {
  const cursor = tree.cursor();
  const above: string[] = [];
  for (;;) {
    const { name } = cursor;
    const isInner = held.test(name) && holding.test(above.at(-1) ?? '');
    if (!isInner && (composing.test(name) || acting.test(name))) yield cursor.node;
    if (cursor.firstChild()) {
      above.push(name);
      continue;
    }
    while (!cursor.nextSibling()) {
      if (!cursor.parent()) return;
      above.pop();
    }
  }
}
