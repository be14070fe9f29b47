export const severities = ['low', 'medium', 'high', 'critical'] as const;
export const issueTypes = [
  'secret',
  'injection',
  'configuration',
  'breaking_change',
  'dependency',
  'complexity',
] as const;

export type Severity = (typeof severities)[number];

/**
 * One pattern to look for in an added line. Every quantifier is bounded: a diff comes from a stranger, and an unbounded
 * one after a repeatable prefix takes quadratic time on one long line.
 */
export interface Rule {
  name: string;
  type: (typeof issueTypes)[number];
  severity: Severity;
  pattern: RegExp;
  /** Only in files with these endings; everywhere when absent. */
  extensions?: string[];
  /** Only in files whose name, without folders, matches; everywhere when absent. */
  files?: RegExp;
  /** Not in files whose name, or whose path, matches. */
  notFiles?: RegExp;
  notPaths?: RegExp;
  /** In a file that a parser reads, values are followed instead. */
  flow?: true;
  /** A further look at the first group of a match, such as its entropy. */
  confirm?: (captured: string) => boolean;
  message: string;
  suggestion: string;
  /** The weakness, such as CWE-89. */
  cwe?: string;
}

/** What to say of a finding that code makes, and no pattern. */
export interface StructuralRule {
  severity: Severity;
  /** Continues after the name of what was found. */
  message: string;
  suggestion: string;
}

export const js = ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx', '.vue', '.svelte'];
export const python = ['.py'];
