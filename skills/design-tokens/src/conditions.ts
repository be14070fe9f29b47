import type { CssNode } from 'css-tree';
import parse from 'css-tree/parser';
import { childrenOf } from './value-nodes.js';

/** What a media feature is where nobody has asked for anything else: Media Queries 5. */
const defaults: Record<string, string> = {
  'prefers-color-scheme': 'light',
  'prefers-contrast': 'no-preference',
  'prefers-reduced-motion': 'no-preference',
  'prefers-reduced-transparency': 'no-preference',
  'prefers-reduced-data': 'no-preference',
  'forced-colors': 'none',
  'inverted-colors': 'none',
  'color-gamut': 'srgb',
  'dynamic-range': 'standard',
  scripting: 'enabled',
  hover: 'hover',
  'any-hover': 'hover',
  pointer: 'fine',
  'any-pointer': 'fine',
  'display-mode': 'browser',
};

/**
 * Whether a media query list holds on a screen with the default settings. A query of the size of the window does not:
 * its values are for some windows only.
 */
export function holdsByDefault(query: string): boolean {
  try {
    const list = parse(query, { context: 'mediaQueryList', onParseError: throwIt });
    const queries = childrenOf(list);
    return queries.length === 0 || queries.some((each) => each.type === 'MediaQuery' && mediaHolds(each));
  } catch {
    return false;
  }
}

function throwIt(error: Error): never {
  throw error;
}

type MediaQuery = CssNode & { type: 'MediaQuery' };

function mediaHolds({ modifier, mediaType, condition }: MediaQuery): boolean {
  const isScreen = mediaType === null || ['screen', 'all'].includes(mediaType.toLowerCase());
  const holds = isScreen && (!condition || conditionHolds(condition, featureHolds) === true);
  return modifier?.toLowerCase() === 'not' ? !isScreen && !condition : holds;
}

function featureHolds(node: CssNode): boolean | undefined {
  if (node.type !== 'Feature') return undefined;
  const standard = defaults[node.name.toLowerCase()];
  if (standard === undefined) return undefined;
  if (node.value === null) return standard !== 'none' && standard !== 'no-preference';
  return node.value.type === 'Identifier' && node.value.name.toLowerCase() === standard;
}

/** Whether a browser of today, of no maker, supports what `@supports` asks for. */
export function isSupported(condition: string): boolean {
  try {
    const options = { context: 'condition', kind: 'supports', onParseError: throwIt };
    return conditionHolds(parse(condition, options), declarationHolds) !== false;
  } catch {
    return !/^\s*not\b|-moz-|-ms-/i.test(condition);
  }
}

function declarationHolds(node: CssNode): boolean | undefined {
  if (node.type === 'SupportsDeclaration' && node.declaration.type === 'Declaration') {
    return !/^-(?:moz|ms|o)-|^margin-trim$/i.test(node.declaration.property);
  }
  return node.type === 'FeatureFunction' ? true : undefined;
}

type Truth = boolean | undefined;

/** `not`, `and`, `or`; undefined where it depends on what is not known here. */
function conditionHolds(node: CssNode, leaf: (node: CssNode) => Truth): Truth {
  if (node.type !== 'Condition') return leaf(node);
  const truths: Truth[] = [];
  let [isOr, negated] = [false, false];
  for (const part of childrenOf(node)) {
    const word = part.type === 'Identifier' ? part.name.toLowerCase() : undefined;
    if (word === 'or') isOr = true;
    if (word === 'not') negated = true;
    if (word !== undefined) continue;
    const truth = conditionHolds(part, leaf);
    truths.push(negated && truth !== undefined ? !truth : truth);
    negated = false;
  }
  // One true part decides an "or", one false part an "and".
  if (truths.includes(isOr)) return isOr;
  return truths.includes(undefined) ? undefined : !isOr;
}
