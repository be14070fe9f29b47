import { type ColorValue, type DimensionValue, isReference, type ShadowValue, type Token } from './token.js';

/** Writes tokens as custom properties of `:root`, or as SCSS variables, and keeps aliases. */
export function writeStyleSheet(tokens: Token[], named: Map<string, Token>, format: 'css' | 'scss'): string {
  const nameOf = ({ category, name }: Token) => `${category}-${name}`;
  const isCss = format === 'css';
  const refer = (target: Token) => (isCss ? `var(--${nameOf(target)})` : `$${nameOf(target)}`);
  const lines = inOrderOfUse(tokens, named).map(
    (token) => `${isCss ? '  --' : '$'}${nameOf(token)}: ${valueText(token.value, refer, named)};`,
  );
  return isCss ? `:root {\n${lines.join('\n')}\n}\n` : `${lines.join('\n')}\n`;
}

/** First the tokens that are not aliases, then each other after those that it refers to: Sass reads a file from the top. */
function inOrderOfUse(tokens: Token[], named: Map<string, Token>): Token[] {
  const ordered = new Set(tokens.filter((token) => targetsOf(token, named).length === 0));
  const add = (token: Token): void => {
    if (ordered.has(token)) return;
    targetsOf(token, named).forEach(add);
    ordered.add(token);
  };
  tokens.forEach(add);
  return [...ordered];
}

/** The tokens that this one refers to, as an alias or by the colour of a shadow. */
function targetsOf({ value }: Token, named: Map<string, Token>): Token[] {
  const parts = Array.isArray(value) ? value : [value];
  const references = parts.flatMap((part) => {
    const reference = typeof part === 'object' && 'color' in part ? part.color : part;
    return isReference(reference) ? reference : [];
  });
  return references.flatMap(({ property }) => named.get(property) ?? []);
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
