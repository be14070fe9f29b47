import type { Transform } from 'style-dictionary/types';
import { isReference, type ColorValue, type DimensionValue, type ShadowValue, type Token } from './token.js';

/**
 * Writes tokens as custom properties of `:root`, or as SCSS variables, by style-dictionary: it orders them, since Sass
 * reads a file from the top, and keeps aliases.
 */
export async function writeStyleSheet(
  tokens: Token[],
  named: Map<string, Token>,
  format: 'css' | 'scss',
): Promise<string> {
  // Two megabytes that only those load who ask for a style sheet.
  const { default: StyleDictionary } = await import('style-dictionary');
  const dictionary = new StyleDictionary({
    tokens: toDictionary(tokens, named),
    hooks: { transforms: { 'name/path': NAME } },
    platforms: {
      [format]: {
        transforms: ['name/path'],
        files: [
          {
            destination: `tokens.${format}`,
            format: `${format}/variables`,
            options: { outputReferences: true, showFileHeader: false },
          },
        ],
      },
    },
    log: { verbosity: 'silent', warnings: 'disabled' },
  });
  const [file] = await dictionary.formatPlatform(format);
  return `${String(file?.output ?? '').trim()}\n`;
}

/** The group and the name as they are: the transforms of style-dictionary would change some. */
const NAME: Transform = {
  name: 'name/path',
  type: 'name',
  transform: ({ path: [group = '', key = ''] }) => `${group}-${nameOf(key)}`,
};

/** style-dictionary passes over a token whose key is a property of every object, such as `constructor`. */
const keyOf = (name: string) => `_${name}`;
const nameOf = (key: string) => key.slice(1);

function toDictionary(tokens: Token[], named: Map<string, Token>): Record<string, Record<string, object>> {
  const dictionary: Record<string, Record<string, object>> = {};
  for (const token of tokens) {
    const group = (dictionary[token.category] ??= {});
    group[keyOf(token.name)] = { $type: token.type, $value: valueText(token.value, named) };
  }
  return dictionary;
}

/** A value as CSS has it, an alias as the format has it: `{color.brand}`. */
function valueText(value: Token['value'], named: Map<string, Token>): string {
  const aliasOf = (property: string) => {
    const target = named.get(property);
    return target ? `{${target.category}.${keyOf(target.name)}}` : `var(${property})`;
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
