import type { SyntaxNode } from '@lezer/common';
import type { Language } from '../code/language.js';
import type { ParsedChunk } from '../code/parse.js';
import type { Evaluator } from './evaluate.js';
import type { Flow } from './find-flows.js';
import { operands, textIn } from './syntax.js';
import { shapeOf, trustOf } from './value.js';

/** Values that are assigned to what a browser or a template takes as HTML, or as an address. */
export function assignedFlow(
  chunk: ParsedChunk,
  node: SyntaxNode,
  evaluator: Evaluator,
  language: Language,
): Flow[] {
  if (language !== 'script') return [];
  if (node.name === 'AssignmentExpression') return scriptAssignment(chunk, node, evaluator);
  return node.name === 'Property' ? htmlProperty(chunk, node, evaluator) : [];
}

function scriptAssignment(chunk: ParsedChunk, node: SyntaxNode, evaluator: Evaluator): Flow[] {
  const target = textIn(chunk, node.firstChild);
  const right = node.lastChild;
  if (!right || node.firstChild?.name !== 'MemberExpression') return [];
  const value = evaluator.valueOf(right);
  if (/\.(?:innerHTML|outerHTML|srcdoc)$/.test(target) && trustOf(value) !== 'safe')
    return [{ rule: trustOf(value) === 'source' ? 'html-from-request' : 'html-from-value', node, value }];
  const isAddress = /(?:^|\.)location(?:\.href)?$/.test(target);
  const leads =
    isAddress &&
    trustOf(value) === 'source' &&
    !/^\s*(?:\/[^/\\\u0001]|https?:\/\/[^/\u0001]+\/|[?#])/.test(shapeOf(value));
  return leads ? [{ rule: 'redirect-from-request', node, value }] : [];
}

/** React's `dangerouslySetInnerHTML={{ __html: value }}`. */
function htmlProperty(chunk: ParsedChunk, node: SyntaxNode, evaluator: Evaluator): Flow[] {
  if (textIn(chunk, node.firstChild) !== '__html' || !node.lastChild) return [];
  const value = evaluator.valueOf(node.lastChild);
  return trustOf(value) === 'safe' ? [] : [{ rule: 'html-from-value', node, value }];
}

/** Pages that a function returns or prints with a value of the request in them. */
export function returnedFlow(node: SyntaxNode, evaluator: Evaluator, language: Language): Flow[] {
  const isOutput =
    language === 'php' ? /^(?:EchoStatement|PrintIntrinsic|PrintExpression)$/ : /^ReturnStatement$/;
  if (language === 'php' && node.name === 'IncludeExpression') return included(node, evaluator);
  if (language === 'php' && node.name === 'ShellExpression') return ranByShell(node, evaluator);
  if (language === 'script' || !isOutput.test(node.name)) return [];
  return operands(node).flatMap((each): Flow[] => {
    const value = evaluator.valueOf(each);
    const isPage = language === 'php' || /<\/?[a-z!]/i.test(shapeOf(value));
    return isPage && trustOf(value) === 'source' ? [{ rule: 'html-from-request', node, value }] : [];
  });
}

function included(node: SyntaxNode, evaluator: Evaluator): Flow[] {
  const value = node.lastChild ? evaluator.valueOf(node.lastChild) : undefined;
  return value && trustOf(value) === 'source' ? [{ rule: 'include-from-value', node, value }] : [];
}

function ranByShell(node: SyntaxNode, evaluator: Evaluator): Flow[] {
  const value = evaluator.valueOf(node);
  return trustOf(value) === 'safe' ? [] : [{ rule: 'php-shell', node, value }];
}
