import { posix } from 'node:path';
import { dependencyRules } from './dependencies.js';
import { injectionRules } from './injection.js';
import type { Rule } from './rule.js';
import { secretRules } from './secrets.js';

const rules = [...secretRules, ...injectionRules, ...dependencyRules];

/** The rules that a file of this name is read by. */
export function rulesFor(path: string): Rule[] {
  const name = posix.basename(path);
  const extension = posix.extname(path).toLowerCase();
  return rules.filter(
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
