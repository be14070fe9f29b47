import { setImmediate } from 'node:timers/promises';
import type { ChangedFile, Line } from '../diff/parse-diff.js';
import { issueOf } from '../rules/find-in-lines.js';
import { firstMatch, rulesFor } from '../rules/match.js';
import type { Rule } from '../rules/rule.js';
import { moveOut } from '../rules/secrets.js';
import type { Issue } from '../schema.js';
import type { AllowList } from './allow-list.js';
import { matchIn, rulesWithKeyword } from './gitleaks-rules.js';

/** Lines that are read in one go; a health check waits meanwhile. */
const slice = 500;

/** gitleaks' own mark for a line that is no secret. */
const allowed = /gitleaks:allow/;

interface Found {
  issue: Issue;
  match: string;
  secret: string;
}

/**
 * The secrets in the lines that a file gained, at most one a line. No issue repeats the line.
 * @throws the reason of `signal` when that aborts
 */
export async function findSecrets(
  { path, added }: ChangedFile,
  allowList: AllowList,
  signal: AbortSignal,
): Promise<Issue[]> {
  const own = rulesFor(path).filter(({ type }) => type === 'secret');
  const issues: Issue[] = [];
  for (let start = 0; start < added.length; start += slice) {
    signal.throwIfAborted();
    const lines = added.slice(start, start + slice);
    const gitleaks = rulesWithKeyword(lines.map(({ text }) => text).join('\n'));
    for (const line of lines) {
      const found = allowed.test(line.text) ? undefined : secretIn(path, line, own, gitleaks);
      const isAllowed =
        found && allowList.allows({ path, line: line.text, rule: found.issue.rule ?? '', ...found });
      if (found && !isAllowed) issues.push(found.issue);
    }
    if (start + slice < added.length) await setImmediate();
  }
  return issues;
}

function secretIn(
  path: string,
  { line, text }: Line,
  own: Rule[],
  gitleaks: ReturnType<typeof rulesWithKeyword>,
): Found | undefined {
  for (const rule of own) {
    const found = firstMatch(rule, text);
    if (found) return { issue: issueOf(rule, path, line), ...found };
  }
  const found = gitleaks.length > 0 ? matchIn(gitleaks, path, text) : undefined;
  return found && { issue: leak(found.rule, path, line), match: found.text, secret: found.secret };
}

function leak(name: string, path: string, line: number): Issue {
  const message = `This line contains what gitleaks' rule ${name} takes for a secret.`;
  const cwe = 'CWE-798';
  return issueOf({ name, type: 'secret', severity: 'high', message, suggestion: moveOut, cwe }, path, line);
}
