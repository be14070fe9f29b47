import type * as z from 'zod';
import { nearest } from './meant-field.js';

/** How many characters of a bad value an error message repeats. */
const shownCharacters = 60;

/** True for a text with `${NAME}`: filled in before the spec is sent, or by the platform. */
export function hasPlaceholder(text: string): boolean {
  return /\$\{[^}]+\}/.test(text);
}

/** What to do about a variable where none is filled in; empty for other values. */
export function variableHint(input: unknown): string {
  const isVariable = typeof input === 'string' && hasPlaceholder(input);
  return isVariable ? '. No variable is filled in here: write the value itself' : '';
}

/** A bad value as an error message shows it: JSON, cut short. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > shownCharacters ? `${json.slice(0, shownCharacters)}...` : json;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const expectedNames: Record<string, string> = {
  array: 'an array',
  object: 'an object',
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
};

/**
 * A free-text field can hold a secret, so a wrong type is described by its kind, never by its value;
 * fields with a closed set or a pattern (names, slugs) repeat the value.
 */
function describeType(issue: z.core.$ZodRawIssue & { code: 'invalid_type' }): string {
  const expected = expectedNames[String(issue.expected)] ?? String(issue.expected);
  if (issue.input === undefined) return `required, expected ${expected}`;
  return `expected ${expected}, got ${kindOf(issue.input)}${typeHint(expected, issue.input)}`;
}

function typeHint(expected: string, input: unknown): string {
  if (typeof input === 'string') return variableHint(input);
  if (expected === 'a string') return Array.isArray(input) ? ': write one text' : ': put it in quotes';
  const isItem = expected === 'an array' && kindOf(input) === 'an object';
  return isItem ? ': put "- " before the first field of each, also if there is only one' : '';
}

/** What users write for a value that has another name in App Specs. */
const otherValues = new Map([
  ['postgres', 'PG'],
  ['postgresql', 'PG'],
]);

function meantValue(input: unknown, names: readonly string[]): string | undefined {
  if (typeof input !== 'string') return undefined;
  const other = otherValues.get(input.toLowerCase());
  return other !== undefined && names.includes(other) ? other : nearest(input, names);
}

function describeValue({ values, input }: z.core.$ZodRawIssue & { code: 'invalid_value' }): string {
  const names = values.map(String);
  if (input === undefined) return `required, expected one of ${names.join(', ')}`;
  const meant = meantValue(input, names);
  const hint = meant === undefined ? variableHint(input) : `. Did you mean "${meant}"?`;
  return `expected one of ${names.join(', ')}, got ${show(input)}${hint}`;
}

/** The message of every issue for which a schema has no message of its own. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue as z.core.$ZodRawIssue & { code: 'invalid_type' });
    case 'invalid_value':
      return describeValue(issue as z.core.$ZodRawIssue & { code: 'invalid_value' });
    case 'unrecognized_keys':
      return 'unknown field';
    case 'too_big':
      return `expected at most ${String(issue.maximum)} characters, got ${String(issue.input).length}`;
    default:
      return undefined;
  }
}
