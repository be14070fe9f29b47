import { changedLongTexts, type CodeIndex } from '../code/code-index.js';
import type { Issue } from '../schema.js';
import { issueOf } from './find-in-lines.js';
import { matchesOf, rulesFor } from './match.js';

/** What the rules for statements find in texts that go over several lines, as SQL often does. */
export function findInTexts(path: string, code: CodeIndex): Issue[] {
  const rules = rulesFor(path).filter(({ statement }) => statement);
  return changedLongTexts(code).flatMap(({ text, line }) =>
    rules.filter((rule) => matchesOf(rule, text).length > 0).map((rule) => issueOf(rule, path, line)),
  );
}
