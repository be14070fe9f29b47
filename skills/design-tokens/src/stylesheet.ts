import { isReference, type ColorValue, type DimensionValue, type ShadowValue, type Token } from './token.js';

/** Writes tokens as custom properties of `:root`. */
export function toCss(tokens: Token[], named: Map<string, Token>): string {
  const lines = tokens.map(
    (token) => `  ${cssName(token)}: ${cssValue(token, named, (name) => `var(${name})`)};`,
  );
  return [':root {', ...lines, '}', ''].join('\n');
}

/** Writes tokens as SCSS variables; Sass reads them in order, so an alias follows its target. */
export function toScss(tokens: Token[], named: Map<string, Token>): string {
  const variable = (name: string) => `$${name.slice(2)}`;
  const lines = inOrderOfUse(tokens, named).map(
    (token) => `${variable(cssName(token))}: ${cssValue(token, named, variable)};`,
  );
  return [...lines, ''].join('\n');
}

function cssName({ category, name }: Token): string {
  return `--${category}-${name}`;
}

function cssValue(token: Token, named: Map<string, Token>, refer: (name: string) => string): string {
  const aliasOf = (property: string) => {
    const target = named.get(property);
    return target ? refer(cssName(target)) : `var(${property})`;
  };
  const { value } = token;
  if (typeof value !== 'object') return String(value);
  if (isReference(value)) return aliasOf(value.property);
  if (Array.isArray(value)) {
    const parts = value.map((part) =>
      typeof part === 'object' ? cssShadow(part, aliasOf) : cssFamily(part),
    );
    return parts.join(', ');
  }
  return 'unit' in value ? cssDimension(value) : cssColor(value);
}

function cssDimension({ value, unit }: DimensionValue): string {
  return `${value}${unit}`;
}

function cssFamily(name: string): string {
  return /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
}

function cssShadow(layer: ShadowValue, aliasOf: (property: string) => string): string {
  const lengths = [layer.offsetX, layer.offsetY, layer.blur, layer.spread].map(cssDimension);
  const color = isReference(layer.color) ? aliasOf(layer.color.property) : cssColor(layer.color);
  return [...(layer.inset ? ['inset'] : []), ...lengths, color].join(' ');
}

function cssColor({ colorSpace, components, alpha, hex }: ColorValue): string {
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

/** Literals first, then each alias after what it refers to. */
function inOrderOfUse(tokens: Token[], named: Map<string, Token>): Token[] {
  const depth = (token: Token): number => {
    let steps = 0;
    for (let at: Token | undefined = token; at && isReference(at.value); at = named.get(at.value.property))
      steps += 1;
    return steps;
  };
  const depths = new Map(tokens.map((token) => [token, depth(token)]));
  return [...tokens].sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
}
