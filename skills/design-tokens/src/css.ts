import type { CssNode, FeatureRange } from 'css-tree';
import parse from 'css-tree/parser';
import walk from 'css-tree/walker';
import { type RawDeclaration, readSyntax, type Scope } from './syntax.js';
import { parseValue } from './value-nodes.js';

export type CssDeclaration = RawDeclaration;

export interface StyleSheet {
  declarations: CssDeclaration[];
  /** Each `@layer`, with a block or without, in the order in which they come. */
  layers: Scope[];
  /** Values of min-width and max-width in media queries. */
  breakpoints: CssNode[];
  /** The sheets of `@import`, as they are written, each with the conditions that it is imported with. */
  imports: { href: string; scope: Scope | undefined }[];
  warnings: string[];
}

const maxWarnings = 20;

/**
 * Parses a style sheet the way browsers do: a broken declaration is left out, with a warning.
 * @param outer the conditions that the sheet is imported with
 * @throws SkillError 422 when brackets are nested deeper than 100 levels
 */
export function parseStyleSheet(css: string, outer?: Scope): StyleSheet {
  const sheet: StyleSheet = { declarations: [], layers: [], breakpoints: [], imports: [], warnings: [] };
  const media = new Set<string>();
  readSyntax(css, outer, {
    declaration: (declaration) => sheet.declarations.push(declaration),
    atRule: (scope, hasBlock) => {
      if (scope.atRule === 'media') media.add(scope.prelude);
      if (scope.atRule === 'layer') sheet.layers.push(scope);
      if (scope.atRule === 'import' && !hasBlock) addImport(sheet, scope);
    },
    warning: (message) => {
      if (sheet.warnings.length < maxWarnings) sheet.warnings.push(message);
    },
  });
  sheet.breakpoints = [...media].flatMap(widthsOf);
  return sheet;
}

/** `(min-width: 48rem)` is a Feature; `(width >= 48rem)` and `(40rem <= width < 64rem)` are a FeatureRange. */
function widthsOf(query: string): CssNode[] {
  const widths: CssNode[] = [];
  walk(parse(query, { context: 'mediaQueryList', onParseError: () => undefined }), (node) => {
    if (node.type === 'Feature' && /^(?:min|max)-width$/.test(node.name) && node.value) {
      widths.push(node.value);
    } else if (node.type === 'FeatureRange') widths.push(...widthsOfRange(node));
  });
  return widths;
}

function widthsOfRange(range: FeatureRange): CssNode[] {
  const sides = [range.left, range.middle, range.right].filter((side) => side !== null);
  const isWidth = sides.some((side) => side.type === 'Identifier' && side.name === 'width');
  return isWidth ? sides.filter(({ type }) => type === 'Dimension') : [];
}

/** `@import url(a.css) layer(base) supports(display: grid) screen`: what follows the address are conditions. */
function addImport(sheet: StyleSheet, { parent, prelude }: Scope): void {
  const [address] = parseValue(prelude) ?? [];
  if (address?.type !== 'Url' && address?.type !== 'String') return;
  const written = /^(?:url\((?:[^"')]|"[^"]*"|'[^']*')*\)|"[^"]*"|'[^']*')/i.exec(prelude)?.[0] ?? prelude;
  const conditions = prelude.slice(written.length).trim();
  const { layer, supports, media } =
    /^(?<layer>layer(?:\([^)]*\))?)?\s*(?:supports\((?<supports>(?:[^()]|\([^()]*\))*)\))?\s*(?<media>.*)$/is.exec(
      conditions,
    )?.groups ?? {};
  let scope = parent;
  const within = (atRule: string, text: string) => (scope = { parent: scope, atRule, prelude: text });
  if (media) within('media', media);
  if (supports) within('supports', `(${supports})`);
  if (layer) sheet.layers.push(within('layer', layer.slice('layer('.length, -1)));
  sheet.imports.push({ href: address.value, scope });
}
