import { SkillError } from '@odoobo/skill-kit';
import type { CssNode, Declaration, Value, WalkContext } from 'css-tree';
import generate from 'css-tree/generator';
import parse from 'css-tree/parser';
import { tokenize, tokenTypes } from 'css-tree/tokenizer';
import walk from 'css-tree/walker';

/** One declaration whose value was understood as CSS. */
export interface CssDeclaration {
  property: string;
  value: CssNode[];
  text: string;
  /** Inside a rule for everyone (`:root`, `html`, `:host`, `@theme`) and no media query. */
  global: boolean;
}

export interface StyleSheet {
  declarations: CssDeclaration[];
  /** Values of min-width and max-width in media queries, each once. */
  breakpoints: CssNode[];
  /** URLs of `@import`, as they are written. */
  imports: string[];
  warnings: string[];
}

/** Real style sheets nest a handful of levels; the parser recurses. */
const maxDepth = 100;
const maxWarnings = 20;

/**
 * Parses a style sheet the way browsers do: a broken declaration is skipped, with a warning.
 * @throws SkillError 422 when brackets are nested deeper than 100 levels
 */
export function parseStyleSheet(css: string): StyleSheet {
  refuseDeepNesting(css);
  const warnings: string[] = [];
  const tree = parse(css, {
    parseCustomProperty: true,
    positions: true,
    onParseError: ({ message, line, column }) => {
      if (warnings.length < maxWarnings) warnings.push(`line ${line}, column ${column}: ${message}`);
    },
  });
  return { ...collect(tree), warnings };
}

const open: number[] = [
  tokenTypes.Function,
  tokenTypes.LeftCurlyBracket,
  tokenTypes.LeftParenthesis,
  tokenTypes.LeftSquareBracket,
];
const close: number[] = [
  tokenTypes.RightCurlyBracket,
  tokenTypes.RightParenthesis,
  tokenTypes.RightSquareBracket,
];

/** @throws SkillError 422 when brackets are nested deeper than 100 levels */
export function refuseDeepNesting(css: string): void {
  let depth = 0;
  tokenize(css, (type) => {
    if (open.includes(type)) depth += 1;
    if (close.includes(type)) depth = Math.max(0, depth - 1);
    if (depth <= maxDepth) return;
    throw new SkillError(422, 'nested_too_deep', `Brackets are nested deeper than ${maxDepth} levels.`);
  });
}

function collect(tree: CssNode): Omit<StyleSheet, 'warnings'> {
  const declarations: CssDeclaration[] = [];
  const breakpoints: CssNode[] = [];
  const imports: string[] = [];
  walk(tree, function (this: WalkContext, node) {
    const inMedia = this.atrule?.name === 'media';
    if (node.type === 'Declaration') {
      const global = !inMedia && isGlobal(this.rule?.prelude, this.atrule?.name);
      declarations.push(toDeclaration(node, global));
    } else if (inMedia) {
      breakpoints.push(...widthsOf(node));
    } else if (this.atrule?.name === 'import' && (node.type === 'Url' || node.type === 'String')) {
      imports.push(node.value);
    }
  });
  return { declarations, breakpoints, imports };
}

function isGlobal(selector: CssNode | undefined | null, atrule: string | undefined): boolean {
  if (!selector) return atrule === 'theme';
  return generate(selector)
    .split(',')
    .some((part) => [':root', 'html', ':host'].includes(part.trim()));
}

function toDeclaration({ property, value }: Declaration, global: boolean): CssDeclaration {
  return { property, value: nodesOf(value), text: generate(value), global };
}

function nodesOf(value: Value | CssNode): CssNode[] {
  return value.type === 'Value'
    ? value.children.toArray().filter(({ type }) => type !== 'WhiteSpace')
    : [value];
}

/** `(min-width: 48rem)` is a Feature; `(width >= 48rem)` and `(40rem <= width < 64rem)` are a FeatureRange. */
function widthsOf(node: CssNode): CssNode[] {
  if (node.type === 'Feature' && /^(?:min|max)-width$/.test(node.name) && node.value) return [node.value];
  if (node.type !== 'FeatureRange') return [];
  const sides = [node.left, node.middle, node.right].filter((side) => side !== null);
  const isWidth = sides.some((side) => side.type === 'Identifier' && side.name === 'width');
  return isWidth ? sides.filter(({ type }) => type === 'Dimension') : [];
}
