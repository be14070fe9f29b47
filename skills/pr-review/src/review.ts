import { complexityScore } from './complexity.js';
import { parseDiff, type ChangedFile } from './diff.js';
import { findIssues } from './findings.js';
import { checkLockfiles } from './lockfiles.js';
import { SEVERITIES } from './rules/rule.js';
import type { Issue, Review } from './schema.js';

/** Above this a reviewer should look even where no rule found anything. */
const HARD_TO_REVIEW = 7;

/**
 * Reviews a unified diff.
 * @throws SkillError 422 when the text is no diff or a broken one
 */
export function reviewDiff(diff: string): Review {
  const files = parseDiff(diff);
  const found = {
    issues: files.flatMap(findIssues).sort(bySeverity),
    files: files.map(summaryOf),
    lockfile_sync: checkLockfiles(files),
    complexity_score: complexityScore(files),
  };
  return { ...found, approval_recommendation: recommend(found) };
}

function bySeverity(a: Issue, b: Issue): number {
  return SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
}

function summaryOf({ path, status, binary, added, removed }: ChangedFile): Review['files'][number] {
  return { path, status, additions: added.length, deletions: removed.length, binary };
}

function recommend(found: Omit<Review, 'approval_recommendation'>): Review['approval_recommendation'] {
  const { issues, lockfile_sync, complexity_score } = found;
  if (issues.some(({ severity }) => severity === 'critical' || severity === 'high')) return 'request_changes';
  const worthAWord = issues.length > 0 || lockfile_sync.status === 'out_of_sync';
  return worthAWord || complexity_score >= HARD_TO_REVIEW ? 'comment' : 'approve';
}
