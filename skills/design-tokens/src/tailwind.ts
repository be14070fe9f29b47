import type { CssNode } from 'css-tree';
import parse from 'css-tree/parser';
import { type CssDeclaration, refuseDeepNesting, type StyleSheet } from './css.js';
import { isPlainObject } from './plain-object.js';
import { refuseTooMany } from './token.js';

/**
 * The namespaces in which Tailwind 4 names what the sections of a Tailwind 3 theme hold.
 * https://tailwindcss.com/docs/theme#theme-variable-namespaces
 */
const namespaces: Record<string, string> = {
  colors: 'color',
  spacing: 'spacing',
  borderRadius: 'radius',
  fontFamily: 'font',
  fontSize: 'text',
  fontWeight: 'font-weight',
  lineHeight: 'leading',
  boxShadow: 'shadow',
  screens: 'breakpoint',
};

type Entry = [name: string, value: string];

/**
 * Reads the theme of a Tailwind 3 configuration, with what `extend` adds, as the custom properties that Tailwind 4 would
 * have for it. Other sections hold no design tokens; functions are not JSON.
 * @throws SkillError 422 when there are more values than a design system has
 */
export function parseTailwindTheme(theme: Record<string, unknown>): StyleSheet {
  const { extend } = theme;
  const warnings: string[] = [];
  const declarations = new Map<string, CssDeclaration>();
  for (const part of [theme, isPlainObject(extend) ? extend : {}]) {
    for (const [section, namespace] of Object.entries(namespaces)) {
      for (const [name, value] of entriesOf(part[section], section, [namespace])) {
        declarations.set(name, toDeclaration(name, value, warnings));
        refuseTooMany(declarations.size);
      }
    }
  }
  return { declarations: [...declarations.values()], breakpoints: [], imports: [], warnings };
}

/** Flattens a section: `brand: {DEFAULT: ..., 500: ...}` is `--color-brand` and `--color-brand-500`. */
function entriesOf(value: unknown, section: string, path: string[]): Entry[] {
  if (section === 'fontSize' && Array.isArray(value)) return fontSize(value, path);
  if (section === 'screens' && isPlainObject(value) && ('min' in value || 'max' in value)) {
    return entriesOf(value['min'] ?? value['max'], section, path);
  }
  const name = `--${path.join('-')}`;
  if (typeof value === 'string') return [[name, value]];
  if (typeof value === 'number') return [[name, String(value)]];
  if (Array.isArray(value)) return [[name, value.filter((part) => typeof part === 'string').join(', ')]];
  if (!isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    entriesOf(inner, section, key === 'DEFAULT' ? path : [...path, key]),
  );
}

/** `[size, lineHeight]` or `[size, {lineHeight, fontWeight}]`. */
function fontSize([size, extra]: unknown[], path: string[]): Entry[] {
  const { lineHeight, fontWeight } = isPlainObject(extra)
    ? extra
    : { lineHeight: extra, fontWeight: undefined };
  return [
    ...entriesOf(size, '', path),
    ...entriesOf(lineHeight, '', [...path, 'line-height']),
    ...entriesOf(fontWeight, '', [...path, 'font-weight']),
  ];
}

function toDeclaration(property: string, text: string, warnings: string[]): CssDeclaration {
  const value = parseValue(text, ({ message }) => warnings.push(`${property}: ${message}`));
  return { property, value, text, global: true };
}

function parseValue(text: string, onParseError: (error: Error) => void): CssNode[] {
  refuseDeepNesting(text);
  try {
    const value = parse(text, { context: 'value', onParseError });
    return value.type === 'Value' ? value.children.toArray().filter(({ type }) => type !== 'WhiteSpace') : [];
  } catch (error) {
    // A text that continues after the end of a value is not a value.
    onParseError(error as Error);
    return [];
  }
}
