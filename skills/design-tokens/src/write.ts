import type { TransformedToken, TransformedTokens } from 'style-dictionary/types';
import { literalOf } from './literal.js';
import { isReference, type ColorValue, type DimensionValue, type ShadowValue, type Token } from './token.js';

/**
 * Writes tokens as custom properties of `:root`, or as SCSS variables. style-dictionary orders them, since Sass reads a
 * file from the top, and keeps aliases.
 */
export async function writeStyleSheet(
  tokens: Token[],
  named: Map<string, Token>,
  format: 'css' | 'scss',
): Promise<string> {
  // Its formatting alone: the rest reads and writes files, and takes 25 MB of memory.
  const { formattedVariables } = await import('style-dictionary/utils');
  const allTokens = tokens.map((token) => toTransformed(token, named));
  const lines = formattedVariables({
    format: format === 'css' ? 'css' : 'sass',
    dictionary: { allTokens, tokens: treeOf(allTokens), tokenMap: new Map() },
    outputReferences: true,
    formatting: { indentation: format === 'css' ? '  ' : '' },
    usesDtcg: true,
  });
  return format === 'css' ? `:root {\n${lines}\n}\n` : `${lines}\n`;
}

/** style-dictionary passes over a token whose key is a property of every object, such as `constructor`. */
function keyOf({ name }: Token): string {
  return `_${name}`;
}

/** A token as it is after the transforms of style-dictionary: with its value, and with that in terms of others. */
function toTransformed(token: Token, named: Map<string, Token>): TransformedToken {
  const { category, name, type } = token;
  const original = {
    $type: type,
    $value: valueText(token.value, (target) => `{${target.category}.${keyOf(target)}}`, named),
  };
  return {
    ...original,
    $value: valueText(literalOf(token.value, named), () => '', named),
    original,
    path: [category, keyOf(token)],
    key: `{${category}.${keyOf(token)}}`,
    name: `${category}-${name}`,
    attributes: {},
    filePath: '',
    isSource: true,
  };
}

function treeOf(tokens: TransformedToken[]): TransformedTokens {
  const tree: Record<string, TransformedTokens> = {};
  for (const token of tokens) {
    const [group = '', key = ''] = token.path;
    (tree[group] ??= {})[key] = token;
  }
  return tree;
}

/** A value as CSS has it. @param refer writes what stands for another token */
function valueText(
  value: Token['value'],
  refer: (target: Token) => string,
  named: Map<string, Token>,
): string {
  const aliasOf = (property: string) => {
    const target = named.get(property);
    return target ? refer(target) : `var(${property})`;
  };
  if (typeof value !== 'object') return String(value);
  if (isReference(value)) return aliasOf(value.property);
  if (Array.isArray(value)) {
    const parts = value.map((part) =>
      typeof part === 'object' ? shadowText(part, aliasOf) : familyText(part),
    );
    return parts.join(', ');
  }
  return 'unit' in value ? dimensionText(value) : colorText(value);
}

function dimensionText({ value, unit }: DimensionValue): string {
  return `${value}${unit}`;
}

function familyText(name: string): string {
  return /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
}

function shadowText(layer: ShadowValue, aliasOf: (property: string) => string): string {
  const lengths = [layer.offsetX, layer.offsetY, layer.blur, layer.spread].map(dimensionText);
  const color = isReference(layer.color) ? aliasOf(layer.color.property) : colorText(layer.color);
  return [...(layer.inset ? ['inset'] : []), ...lengths, color].join(' ');
}

/** A colour as CSS has it. */
export function colorText({ colorSpace, components, alpha, hex }: ColorValue): string {
  const suffix = alpha === undefined ? '' : ` / ${alpha}`;
  if (colorSpace === 'srgb') return alpha === undefined ? hex : `rgb(${bytes(components)}${suffix})`;
  const channels = components.join(' ');
  return colorSpace === 'display-p3'
    ? `color(display-p3 ${channels}${suffix})`
    : `${colorSpace}(${channels}${suffix})`;
}

function bytes(components: ColorValue['components']): string {
  return components.map((part) => (part === 'none' ? part : Math.round(part * 255))).join(' ');
}
