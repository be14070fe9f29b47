import type { CssNode } from 'css-tree';
import parse from 'css-tree/parser';
import { childrenOf } from './value-nodes.js';

/** A: ids, B: classes, attributes and pseudo-classes, C: types; as one number (Selectors 4, 17). */
type Specificity = number;

const [classWeight, typeWeight] = [1_000, 1];

/** `:host` is the root of a component: it counts where a sheet says nothing of the root of the page. */
const hostWeight = -1_000_000;

/** What a rule is for. */
export interface Target {
  /** The specificity with which it is for the root element as it comes, without attribute or class. */
  root: Specificity | undefined;
  /** Its name where it is for a theme that somebody chooses by an attribute or a class, such as `.dark`. */
  theme: string | undefined;
}

/** Reads the selector of a rule. @param outer what the rule around it is for, which `&` stands for */
export function targetOf(selector: string, outer: Target | undefined): Target {
  const selectors = selectorsOf(selector);
  const roots = selectors.flatMap((each) => rootSpecificity(each, outer) ?? []);
  const root = roots.length > 0 ? Math.max(...roots) : undefined;
  const themes = selectors.map((each) => themeOf(each, outer));
  const theme = root === undefined || root < 0 ? themes.find((each) => each !== undefined) : undefined;
  return { root, theme };
}

/** None for what is not a selector: browsers leave out the whole rule. */
function selectorsOf(text: string): CssNode[][] {
  try {
    const list = parse(text, {
      context: 'selectorList',
      onParseError: (error) => {
        throw error;
      },
    });
    return childrenOf(list).map(childrenOf);
  } catch {
    return [];
  }
}

function rootSpecificity(parts: CssNode[], outer: Target | undefined): Specificity | undefined {
  const isNested = outer !== undefined && !parts.some(({ type }) => type === 'NestingSelector');
  if (isNested || parts.length === 0) return undefined;
  let sum = 0;
  for (const part of parts) {
    const specificity = partOfRoot(part, outer);
    if (specificity === undefined) return undefined;
    sum += specificity;
  }
  return sum;
}

/** How much a part adds if it is true of the root element. */
function partOfRoot(part: CssNode, outer: Target | undefined): Specificity | undefined {
  if (part.type === 'NestingSelector') return outer?.root;
  if (part.type === 'TypeSelector') {
    return { html: typeWeight, '*': 0 }[part.name.toLowerCase()];
  }
  if (part.type !== 'PseudoClassSelector') return undefined;
  const name = part.name.toLowerCase();
  if (name === 'root' || name === 'scope') return classWeight;
  if (name === 'host' && part.children === null) return hostWeight;
  const inner = childrenOf(part).flatMap(childrenOf).map(childrenOf);
  const matches = inner.flatMap((each) => rootSpecificity(each, outer) ?? []);
  if (name === 'where') return matches.length > 0 ? 0 : undefined;
  if (name === 'is') return matches.length > 0 ? Math.max(...matches) : undefined;
  // What is negated counts with its specificity: here that of a class or an attribute.
  if (name === 'not') return matches.length === 0 && inner.length > 0 ? classWeight : undefined;
  return undefined;
}

const themeWords = 'dark|light|darkest|lightest|dim|dimmed|night|day|contrast|high-contrast';
const themeClass = new RegExp(
  `(?:^|[-_])(?:theme|mode|scheme)(?:[-_]|$)|^(?:${themeWords})$|--(?:${themeWords})$`,
  'i',
);
const themeAttribute = /theme|mode|scheme|contrast|density|platform|scale|color/i;

/**
 * One compound, such as `.dark` or `:root[data-theme=dark]`: on the root element every attribute and class is a theme,
 * elsewhere those that are called so. `.navbar.dark` is a part of a page.
 */
function themeOf(parts: CssNode[], outer: Target | undefined): string | undefined {
  const nests = parts.some(({ type }) => type === 'NestingSelector');
  if (parts.some(({ type }) => type === 'Combinator' || type === 'PseudoElementSelector')) return undefined;
  if (outer !== undefined && !nests) return undefined;
  const onRoot = parts.some((part) => partOfRoot(part, outer) !== undefined);
  const names = parts.flatMap(innerParts).flatMap((part) => (nameOf(part) === undefined ? [] : [part]));
  if (!onRoot && !names.every(isCalledTheme)) return undefined;
  const [first] = names;
  return first ? nameOf(first) : nests ? outer?.theme : undefined;
}

function isCalledTheme(part: CssNode): boolean {
  return part.type === 'AttributeSelector'
    ? themeAttribute.test(part.name.name)
    : themeClass.test(nameOf(part) ?? '');
}

/** What people call the theme that a class or an attribute chooses. */
function nameOf(part: CssNode): string | undefined {
  if (part.type === 'ClassSelector') return part.name;
  if (part.type !== 'AttributeSelector') return undefined;
  if (!part.value) return part.name.name;
  return part.value.type === 'String' ? part.value.value : part.value.name;
}

/** The parts within `:is()`, `:where()` and `:host()` say what they themselves would. */
function innerParts(part: CssNode): CssNode[] {
  if (part.type !== 'PseudoClassSelector' || !/^(?:is|where|host)$/i.test(part.name)) return [part];
  return childrenOf(part).flatMap((each) =>
    each.type === 'SelectorList' ? childrenOf(each).flatMap(childrenOf) : childrenOf(each),
  );
}
