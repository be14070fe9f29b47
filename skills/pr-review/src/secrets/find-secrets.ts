import { setImmediate } from 'node:timers/promises';
import type { ChangedFile, Line } from '../diff/parse-diff.js';
import { issueOf } from '../rules/find-in-lines.js';
import { firstMatch, rulesFor } from '../rules/match.js';
import type { Rule } from '../rules/rule.js';
import { moveOut } from '../rules/secrets.js';
import type { Issue } from '../schema.js';
import type { AllowList } from './allow-list.js';
import type { Match } from './gitleaks-rules.js';

/** Lines whose keywords are looked for in one go. */
const slice = 500;

/** How long the search may keep the only thread, in milliseconds: a health check waits meanwhile. */
const sliceMs = 20;

/** Characters that gitleaks' expressions may read in one review: RE2 in JavaScript reads about 6 million a second. */
const maxCharacters = 12_000_000;

/** What gitleaks' rules may still read in a review. */
export class ReadingBudget {
  private left = maxCharacters;

  /** @returns whether there is that much left */
  take(characters: number): boolean {
    this.left -= characters;
    return this.left >= 0;
  }

  get note(): string[] {
    return this.left >= 0
      ? []
      : ["The change is too large for gitleaks' rules: its last lines were read by the others only."];
  }
}

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
  budget = new ReadingBudget(),
): Promise<Issue[]> {
  // Loaded at first use, as the grammars are: a start needs none of them.
  const rules = await import('./gitleaks-rules.js');
  const own = rulesFor(path).filter(({ type }) => type === 'secret');
  const issues: Issue[] = [];
  let until = performance.now() + sliceMs;
  for (let start = 0; start < added.length; start += slice) {
    const lines = added.slice(start, start + slice);
    const active = rules.rulesWithKeyword(lines.map(({ text }) => text).join('\n'));
    const byGitleaks = (text: string) =>
      active.length > 0 &&
      budget.take(Math.min(text.length, rules.maxRead) * rules.rulesWithKeyword(text, active).length)
        ? rules.matchIn(active, path, text)
        : undefined;
    for (const line of lines) {
      const found = allowed.test(line.text) ? undefined : secretIn(path, line, own, byGitleaks);
      const isAllowed =
        found && allowList.allows({ path, line: line.text, rule: found.issue.rule ?? '', ...found });
      if (found && !isAllowed) issues.push(found.issue);
      if (performance.now() < until) continue;
      await setImmediate();
      signal.throwIfAborted();
      until = performance.now() + sliceMs;
    }
  }
  return issues;
}

function secretIn(
  path: string,
  { line, text }: Line,
  own: Rule[],
  byGitleaks: (text: string) => Match | undefined,
): Found | undefined {
  for (const rule of own) {
    const found = firstMatch(rule, text);
    if (found) return { issue: issueOf(rule, path, line), ...found };
  }
  const found = byGitleaks(text);
  return found && { issue: leak(found.rule, path, line), match: found.text, secret: found.secret };
}

function leak(name: string, path: string, line: number): Issue {
  const message = `This line contains what gitleaks' rule ${name} takes for a secret.`;
  const cwe = 'CWE-798';
  return issueOf({ name, type: 'secret', severity: 'high', message, suggestion: moveOut, cwe }, path, line);
}
