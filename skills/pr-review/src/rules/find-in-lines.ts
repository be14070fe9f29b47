import { setImmediate } from 'node:timers/promises';
import { type CodeIndex, isInert } from '../code/code-index.js';
import type { ChangedFile, Line } from '../diff/parse-diff.js';
import type { Issue } from '../schema.js';
import { matchesOf, rulesFor } from './match.js';
import type { Rule } from './rule.js';

/** Lines that are read in one go; a health check waits meanwhile. */
const slice = 1_000;

/**
 * What the rules find in the lines that a file gained. No issue repeats the line: it can hold the secret itself.
 * @param code the syntax of the file, where it is known: what a comment or a text only mentions is never run
 */
export async function findInLines(
  { path, added }: ChangedFile,
  code: CodeIndex | undefined,
  signal: AbortSignal,
): Promise<Issue[]> {
  const rules = rulesFor(path).filter(({ flow, type }) => type !== 'secret' && (!flow || !code));
  const issues: Issue[] = [];
  for (let start = 0; start < added.length; start += slice) {
    signal.throwIfAborted();
    for (const line of added.slice(start, start + slice)) {
      for (const rule of rules) if (isFound(rule, line, code)) issues.push(issueOf(rule, path, line.line));
    }
    if (start + slice < added.length) await setImmediate();
  }
  return issues;
}

function isFound(rule: Rule, { line, text }: Line, code: CodeIndex | undefined): boolean {
  const offsets = matchesOf(rule, text);
  if (!code || (rule.type !== 'injection' && rule.type !== 'configuration')) return offsets.length > 0;
  return offsets.some((offset) => !isInert(code, line, offset));
}

/** An issue on an added line. */
export function issueOf(
  { name, type, severity, message, suggestion, cwe }: Omit<Rule, 'pattern'>,
  file: string,
  line: number,
): Issue {
  return {
    type,
    severity,
    file,
    line,
    side: 'RIGHT',
    message,
    suggestion,
    rule: name,
    ...(cwe !== undefined && { cwe }),
  };
}
