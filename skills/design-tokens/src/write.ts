import {
  type BorderValue,
  type ColorValue,
  type DimensionValue,
  isReference,
  type Reference,
  referencesOf,
  type ShadowValue,
  type StrokeStyle,
  type Token,
  type TokenValue,
} from './token.js';

/** Writes tokens as custom properties of `:root`, or as SCSS variables, and keeps aliases. */
export function writeStyleSheet(tokens: Token[], named: Map<string, Token>, format: 'css' | 'scss'): string {
  const nameOf = ({ category, name }: Token) => `${category}-${name}`;
  const isCss = format === 'css';
  const refer = ({ property }: Reference) => {
    const target = named.get(property);
    if (!target) return `var(${property})`;
    return isCss ? `var(--${nameOf(target)})` : `$${nameOf(target)}`;
  };
  const lines = inOrderOfUse(tokens, named).map(
    (token) => `${isCss ? '  --' : '$'}${nameOf(token)}: ${tokenText(token, refer)};`,
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

/** The tokens that this one refers to, as an alias or in a part of its value. */
function targetsOf({ value, css }: Token, named: Map<string, Token>): Token[] {
  if (css !== undefined) return [];
  return referencesOf(value).flatMap(({ property }) => named.get(property) ?? []);
}

type Refer = (reference: Reference) => string;

/** A value as CSS has it. @param refer writes what stands for another token */
function tokenText({ type, value, css }: Token, refer: Refer): string {
  if (css !== undefined) return css;
  if (isReference(value)) return refer(value);
  // The type says which value it is; the two come apart where a token can be an alias.
  const literal = { type, value } as TokenValue;
  switch (literal.type) {
    case 'shadow':
      return literal.value.map((layer) => shadowText(layer, refer)).join(', ');
    case 'border':
      return borderText(literal.value, refer);
    case 'fontFamily':
      return literal.value.map(familyText).join(', ');
    case 'cubicBezier':
      return `cubic-bezier(${literal.value.join(', ')})`;
    default:
      return simpleText(literal.value);
  }
}

/** Gradients, transitions and typography bring their text. */
function simpleText(value: TokenValue['value']): string {
  if (typeof value !== 'object') return String(value);
  if ('unit' in value) return `${value.value}${value.unit}`;
  return 'hex' in value ? colorText(value) : '';
}

function familyText(name: string): string {
  return /^-?[a-z_][\w-]*$/i.test(name) ? name : JSON.stringify(name);
}

function shadowText({ offsetX, offsetY, blur, spread, color, inset }: ShadowValue, refer: Refer): string {
  const parts = [offsetX, offsetY, blur, spread, color].map((part) => partText(part, refer));
  return [...(inset ? ['inset'] : []), ...parts].join(' ');
}

function borderText({ width, style, color }: BorderValue, refer: Refer): string {
  return [width, style, color].map((part) => partText(part, refer)).join(' ');
}

function partText(part: Reference | ColorValue | DimensionValue | StrokeStyle, refer: Refer): string {
  return isReference(part) ? refer(part) : simpleText(part);
}

/** A colour as CSS has it. */
export function colorText({ colorSpace, components, alpha, hex }: ColorValue): string {
  const suffix = alpha === undefined ? '' : ` / ${alpha}`;
  const channels = components.join(' ');
  if (colorSpace === 'srgb' && isInBytes(components)) {
    return alpha === undefined
      ? hex
      : `rgb(${components.map((part) => Math.round(part * 255)).join(' ')}${suffix})`;
  }
  return /^(?:ok)?l(?:ab|ch)$/.test(colorSpace)
    ? `${colorSpace}(${channels}${suffix})`
    : `color(${colorSpace} ${channels}${suffix})`;
}

/** Whether `#rrggbb` says the colour exactly: a mixed one can lie between two of those. */
function isInBytes(components: ColorValue['components']): boolean {
  return components.every((part) => Math.abs(part * 255 - Math.round(part * 255)) < 0.02);
}
