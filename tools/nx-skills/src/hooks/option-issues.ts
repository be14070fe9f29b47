import { nearest } from '@odoobo/ship/terminal/did-you-mean';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nxOptions } from './nx-options.js';

/** The part of an executor's JSON Schema that describes its options. */
interface OptionSchema {
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
}

type Options = Record<string, unknown>;

/** The options of an executor of this package, by name. */
export function optionsOf(executor: string): Record<string, OptionSchema> {
  const file = join(import.meta.dirname, '../../schemas/executors', `${executor}.schema.json`);
  const { properties } = JSON.parse(readFileSync(file, 'utf8')) as {
    properties: Record<string, OptionSchema>;
  };
  return properties;
}

/**
 * What is wrong with options, one line each: those of the command line, and those of `nx.json` and `project.json` that
 * they do not replace. In a batch, Nx itself reports none of it.
 */
export function optionIssues(schema: Record<string, OptionSchema>, given: Options, kept: Options): string[] {
  const typed = Object.entries(given).map(([name, value]) => issueOf(schema, name, value, true));
  const replaced = new Set(Object.keys(given).map((name) => nameOf(schema, name)));
  const configured = Object.entries(kept)
    .filter(([name]) => !replaced.has(name))
    .map(([name, value]) => issueOf(schema, name, value, false));
  return [...typed, ...configured].filter((issue) => issue !== undefined);
}

function issueOf(
  schema: Record<string, OptionSchema>,
  name: string,
  value: unknown,
  isTyped: boolean,
): string | undefined {
  const known = isTyped ? nameOf(schema, name) : name;
  const option = Object.hasOwn(schema, known) ? schema[known] : undefined;
  const where = isTyped ? '' : ' (in nx.json or project.json)';
  const dashes = isTyped && name.length === 1 ? '-' : '--';
  if (!option) return `${dashes}${name}${where}: there is no such option.${suggestion(schema, name)}`;
  if (isRight(option, isTyped ? coerced(option, value) : value)) return undefined;
  return `${dashes}${name}${where}: expected ${expected(option)}, got ${shown(option, value)}`;
}

function suggestion(schema: Record<string, OptionSchema>, name: string): string {
  const match = nearest(name, [...Object.keys(schema), ...nxOptions]);
  return match === undefined ? '' : ` Did you mean --${match}?`;
}

/** `--smoke-test` means `smokeTest`. */
function nameOf(schema: Record<string, OptionSchema>, name: string): string {
  const camel = name.toLowerCase().replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return name.includes('-') && Object.hasOwn(schema, camel) ? camel : name;
}

/** The value as Nx parses a text of the command line. */
function coerced({ type }: OptionSchema, value: unknown): unknown {
  if (typeof value !== 'string') return type === 'array' && typeof value === 'number' ? [value] : value;
  if (type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true';
  if (type === 'integer' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
  return type === 'array' ? value.split(',') : value;
}

function isRight(option: OptionSchema, value: unknown): boolean {
  if (Array.isArray(option.type)) return option.type.includes(typeof value);
  if (option.enum) return option.enum.includes(value);
  switch (option.type) {
    case 'integer':
      return Number.isInteger(value) && isWithin(option, value as number);
    case 'array':
      return Array.isArray(value);
    case 'string':
      return typeof value === 'string' && value.length >= (option.minLength ?? 0);
    default:
      return typeof value === option.type;
  }
}

function isWithin({ minimum = -Infinity, maximum = Infinity }: OptionSchema, value: number): boolean {
  return minimum <= value && value <= maximum;
}

function expected(option: OptionSchema): string {
  if (option.enum) return `one of ${option.enum.join(', ')}`;
  switch (option.type) {
    case 'integer':
      return `an integer from ${option.minimum} to ${option.maximum}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'comma-separated values';
    default:
      return 'a value';
  }
}

/** Nx reads an option without a value as true. */
function shown({ type }: OptionSchema, value: unknown): string {
  const isMissing = value === '' || (value === true && type !== 'boolean');
  return isMissing ? 'none' : JSON.stringify(value);
}
