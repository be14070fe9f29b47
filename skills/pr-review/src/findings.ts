import { extname } from 'node:path';
import type { ChangedFile } from './diff.js';
import type { Issue } from './schema.js';
import { INJECTION_RULES } from './rules/injection.js';
import { SECRET_RULES } from './rules/secrets.js';
import type { Rule } from './rules/rule.js';

const RULES = [...SECRET_RULES, ...INJECTION_RULES];

/** What the rules find in the lines that a file gained. No issue repeats the line: it can hold the secret itself. */
export function findIssues(file: ChangedFile): Issue[] {
  const extension = extname(file.path).toLowerCase();
  const rules = RULES.filter(({ extensions }) => extensions?.includes(extension) ?? true);
  return file.added.flatMap(({ line, text }) =>
    rules
      .filter((rule) => matches(rule, text))
      .map(({ type, severity, message, suggestion }) => ({
        type,
        severity,
        file: file.path,
        line,
        message,
        suggestion,
      })),
  );
}

/** Whether a rule finds anything in a line. */
export function matches({ pattern, confirm }: Rule, text: string): boolean {
  if (!confirm) return pattern.test(text);
  // The first match may be a placeholder and the second one real.
  return [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].some((match) =>
    confirm(match[1] ?? match[0]),
  );
}
