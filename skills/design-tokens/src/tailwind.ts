import type { CssDeclaration, StyleSheet } from './css.js';
import { type Scope, tokensOf } from './syntax.js';
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

const theme: Scope = { parent: undefined, atRule: 'theme', prelude: '' };

type Entry = [name: string, value: string];

/**
 * Reads the theme of a Tailwind 3 configuration, with what `extend` adds, as the custom properties that Tailwind 4 would
 * have for it. Other sections hold no design tokens; functions are not JSON.
 * @throws SkillError 422 when there are more values than a design system has
 */
export function parseTailwindTheme(configured: Record<string, unknown>): StyleSheet {
  const { extend } = configured;
  const declarations = new Map<string, CssDeclaration>();
  for (const part of [configured, isPlainObject(extend) ? extend : {}]) {
    for (const [section, namespace] of Object.entries(namespaces)) {
      for (const [name, value] of entriesOf(part[section], section, [namespace])) {
        declarations.set(name, toDeclaration(name, value));
        refuseTooMany(declarations.size);
      }
    }
  }
  return { declarations: [...declarations.values()], layers: [], breakpoints: [], imports: [], warnings: [] };
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

function toDeclaration(property: string, text: string): CssDeclaration {
  tokensOf(text);
  return { property, text: text.trim(), important: false, scope: theme };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
