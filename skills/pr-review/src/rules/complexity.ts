import type { Language } from '../code/language.js';
import type { StructuralRule } from './rule.js';

/** McCabe's own limit is 10; linters that warn (ESLint, Ruff's `C901` in its wider setting) use 20. */
export const complexityLimits = [
  {
    name: 'function-very-complex',
    above: 20,
    severity: 'medium',
    message: 'has too many paths to understand all of them',
    suggestion: 'Split it into functions that each do one thing before it grows further.',
  },
  {
    name: 'function-complex',
    above: 10,
    severity: 'low',
    message: 'has many paths',
    suggestion: 'Extract a part of it into a named function, or return early.',
  },
] as const satisfies (StructuralRule & { name: string; above: number })[];

/** Names of the tokens that add a path through a function, in the grammars of @lezer. */
export const branchTokens: Record<Language, ReadonlySet<string>> = {
  script: new Set(['if', 'for', 'while', 'case', 'catch', '&&', '||', '??', '?', '&&=', '||=', '??=']),
  php: new Set(['if', 'elseif', 'for', 'foreach', 'while', 'case', 'catch', '&&', '||', '??', '?']),
  python: new Set(['if', 'elif', 'for', 'while', 'except', 'case', 'and', 'or']),
};
