import type { CssNode } from 'css-tree';
import parse from 'css-tree/parser';

/** The parts of a value, without the blanks between them; undefined for what is not a value. */
export function parseValue(text: string): CssNode[] | undefined {
  const simple = parseSimple(text);
  if (simple) return [simple];
  let broken = false;
  try {
    const value = parse(text, { context: 'value', onParseError: () => (broken = true) });
    return broken || value.type !== 'Value' ? undefined : childrenOf(value);
  } catch {
    // A text that continues after the end of a value is not a value.
    return undefined;
  }
}

const simpleNumber = /^([+-]?(?:\d+(?:\.\d+)?|\.\d+))([a-z]*|%)$/i;

/** Most values are one colour, word or length: the parser costs ten times what these lines do. */
function parseSimple(text: string): CssNode | undefined {
  if (/^#[\da-f]+$/i.test(text)) return { type: 'Hash', value: text.slice(1) };
  if (/^[a-z][a-z-]*$/i.test(text)) return { type: 'Identifier', name: text };
  const [, value, unit] = simpleNumber.exec(text) ?? [];
  if (value === undefined || unit === undefined) return undefined;
  if (unit === '') return { type: 'Number', value };
  return unit === '%' ? { type: 'Percentage', value } : { type: 'Dimension', value, unit };
}

/** The parts of a value or function, without the blanks between them. */
export function childrenOf(node: CssNode): CssNode[] {
  if (!('children' in node) || !node.children) return [];
  return node.children.toArray().filter(({ type }) => type !== 'WhiteSpace' && type !== 'Comment');
}

/** Splits parts at their commas. */
export function splitByComma(nodes: CssNode[]): CssNode[][] {
  const parts: CssNode[][] = [[]];
  for (const node of nodes) {
    if (node.type === 'Operator' && node.value === ',') parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}
