import { posix } from 'node:path';
import { DEPENDENCY_RULES } from './dependencies.js';
import { INJECTION_RULES } from './injection.js';
import type { Rule } from './rule.js';
import { SECRET_RULES } from './secrets.js';

const RULES = [...SECRET_RULES, ...INJECTION_RULES, ...DEPENDENCY_RULES];

/** The rules that a file of this name is read by. */
export function rulesFor(path: string): Rule[] {
  const name = posix.basename(path);
  const extension = posix.extname(path).toLowerCase();
  return RULES.filter(
    ({ extensions, files }) => (extensions?.includes(extension) ?? true) && (files?.test(name) ?? true),
  );
}

/** Offsets at which a rule finds something in a text. */
export function matchesOf({ pattern, confirm }: Rule, text: string): number[] {
  // Nearly every line has no match, and a test is much cheaper than an iterator.
  if (!pattern.test(text)) return [];
  // The first match may be a placeholder and the second one real.
  return [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))]
    .filter((match) => confirm?.(match[1] ?? match[0]) ?? true)
    .map(({ index }) => index);
}
