import { posix } from 'node:path';
import { configurationRules } from './configuration.js';
import { dependencyRules } from './dependencies.js';
import { deploymentRules } from './deployment.js';
import { injectionRules } from './injection.js';
import { languageRules } from './languages.js';
import type { Rule } from './rule.js';
import { secretRules } from './secrets.js';
import { valueRules } from './values.js';

const rules = [
  ...secretRules,
  ...injectionRules,
  ...configurationRules,
  ...languageRules,
  ...valueRules,
  ...deploymentRules,
  ...dependencyRules,
];

/** The rules that a file of this name is read by. */
export function rulesFor(path: string): Rule[] {
  const name = posix.basename(path);
  const extension = posix.extname(path).toLowerCase();
  return rules.filter(
    ({ extensions, files, notFiles, notPaths }) =>
      (extensions?.includes(extension) ?? true) &&
      (files?.test(name) ?? true) &&
      !(notFiles?.test(name) ?? false) &&
      !(notPaths?.test(path) ?? false),
  );
}

/** The first thing in a text that a rule finds, and the part of it that the rule is about. */
export function firstMatch(
  { pattern, confirm }: Rule,
  text: string,
): { match: string; secret: string } | undefined {
  if (!pattern.test(text)) return undefined;
  for (const match of text.matchAll(new RegExp(pattern, `${pattern.flags}g`))) {
    const secret = match[1] ?? match[2] ?? match[0];
    if (confirm?.(secret) ?? true) return { match: match[0], secret };
  }
  return undefined;
}

/** Offsets at which a rule finds something in a text. */
export function matchesOf({ pattern, confirm }: Rule, text: string): number[] {
  // Nearly every line has no match, and a test is much cheaper than an iterator.
  if (!pattern.test(text)) return [];
  // The first match may be a placeholder and the second one real.
  return [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))]
    .filter((match) => confirm?.(match[1] ?? match[2] ?? match[0]) ?? true)
    .map(({ index }) => index);
}
