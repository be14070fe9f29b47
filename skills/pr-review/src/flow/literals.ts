import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';
import { operands } from './syntax.js';
import { hole, joined, literal, type Value } from './value.js';

/** The text of a literal without its quotes and prefix; escapes stay as they are. */
export function unquoted(code: string): string {
  const match = /^[A-Za-z]{0,2}('''|"""|['"`])([^]*)\1$/.exec(code);
  return match?.[2] ?? code.replace(/^[A-Za-z]{0,2}['"`]+/, '');
}

const isHole = /^(?:Interpolation|FormatReplacement|VariableName|MemberExpression|SubscriptExpression)$/;

/** The parts of a literal with values in it: its own text, and what `valueOf` says of each value. */
export function interpolated(
  { text }: ParsedChunk,
  node: SyntaxNode,
  valueOf: (inner: SyntaxNode) => Value,
): Value[] {
  const { from, to } = withinQuotes(text, node);
  const parts: Value[] = [];
  let at = from;
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (!isHole.test(child.name)) continue;
    if (child.from > at) parts.push(literal(text.slice(at, child.from)));
    const [inner] = /^(?:Interpolation|FormatReplacement)$/.test(child.name) ? operands(child) : [child];
    parts.push(inner ? valueOf(inner) : hole('unknown', child.from));
    at = child.to;
  }
  if (to > at) parts.push(literal(text.slice(at, to)));
  return parts;
}

function withinQuotes(text: string, { from, to }: SyntaxNode): { from: number; to: number } {
  const opening =
    /^[A-Za-z]{0,2}(?:'''|"""|<<<.{0,100}|['"`])/.exec(text.slice(from, Math.min(to, from + 110)))?.[0] ?? '';
  const closing =
    /(?:'''|"""|['"`])$/.exec(text.slice(Math.max(from + opening.length, to - 3), to))?.[0] ?? '';
  return { from: from + opening.length, to: Math.max(from + opening.length, to - closing.length) };
}

/** A value for a mark of a template; `name` where the template calls it so. */
export interface Filling {
  name?: string;
  value: Value;
}

/**
 * A template with its marks replaced by values, in order or by name. Group `kind` of the mark is the kind of conversion:
 * a number cannot carry anything else; `%%` is no mark.
 */
export function filled(template: Value, mark: RegExp, fillings: Filling[]): Value {
  let next = 0;
  const parts = template.parts.map((part): Value => {
    if (typeof part !== 'string') return { parts: [part], made: [] };
    const found: Value[] = [];
    let at = 0;
    for (const match of part.matchAll(mark)) {
      const { kind = 's', name = '' } = match.groups ?? {};
      if (kind === '%') continue;
      found.push(literal(part.slice(at, match.index)));
      at = match.index + match[0].length;
      found.push(/[difxXeEgGu]/.test(kind) ? literal('0') : chosen(fillings, name, next));
      if (name === '') next += 1;
    }
    return joined([...found, literal(part.slice(at))]);
  });
  return {
    parts: joined(parts).parts,
    made: [...template.made, ...fillings.flatMap(({ value }) => value.made)],
  };
}

function chosen(fillings: Filling[], name: string, index: number): Value {
  const byName = fillings.find((each) => each.name === name);
  const byPosition = fillings[/^\d+$/.test(name) ? Number(name) : index];
  return byName?.value ?? byPosition?.value ?? fillings.at(-1)?.value ?? literal('');
}
