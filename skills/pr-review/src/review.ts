import { findBreakingChanges } from './api/find-breaking-changes.js';
import { CodeReader, type ParsedFile } from './code/parse.js';
import {
  complexityOf,
  findComplexFunctions,
  type FileComplexity,
} from './complexity/find-complex-functions.js';
import { complexityScore } from './complexity/score.js';
import { reviewLockfiles } from './dependencies/lockfiles.js';
import { sidesOf } from './diff/chunk.js';
import { parseDiff, type ChangedFile } from './diff/parse-diff.js';
import type { WholeFiles } from './diff/whole-files.js';
import { languageOf } from './code/language.js';
import { findInLines } from './rules/find-in-lines.js';
import { findInTexts } from './rules/find-in-texts.js';
import { SEVERITIES, type Severity } from './rules/rule.js';
import type { FileSummary, Issue, Review } from './schema.js';

/** Above this a reviewer should look even where no rule found anything. */
const HARD_TO_REVIEW = 7;

export interface ReviewOptions {
  /** Issues that are less severe are left out. */
  threshold: Severity;
  signal: AbortSignal;
  /** The repository after the change, where it can be asked. */
  whole?: WholeFiles;
}

interface FileReview {
  file: ChangedFile;
  parsed: ParsedFile | undefined;
  complexity: FileComplexity | undefined;
  issues: Issue[];
}

/**
 * Reviews a unified diff.
 * @throws SkillError 422 when the text is no diff or a broken one; the reason of `signal` when that aborts
 */
export async function reviewDiff(diff: string, { threshold, signal, whole }: ReviewOptions): Promise<Review> {
  const files = parseDiff(diff);
  const reader = new CodeReader(signal);
  const reviews: FileReview[] = [];
  for (const file of files) reviews.push(await reviewFile(file, reader, signal, whole));
  const lockfiles = await reviewLockfiles(files, whole);
  const issues = [...reviews.flatMap((review) => review.issues), ...lockfiles.issues];
  const found = {
    issues: worthTelling(issues, threshold),
    files: reviews.map(summaryOf),
    lockfile_sync: lockfiles.lockfile_sync,
    complexity_score: complexityScore(reviews),
  };
  return { ...found, approval_recommendation: recommend(found) };
}

async function reviewFile(
  file: ChangedFile,
  reader: CodeReader,
  signal: AbortSignal,
  whole: WholeFiles | undefined,
): Promise<FileReview> {
  // The hunk of a new or deleted file is all of it.
  const isPartial =
    file.status !== 'added' && file.status !== 'deleted' && languageOf(file.path) !== undefined;
  const text = isPartial && file.hunks.length > 0 ? await whole?.read(file.path) : undefined;
  const parsed = await reader.read(file.path, sidesOf(file, text));
  const issues = await findInLines(file, parsed?.after, signal);
  if (!parsed) return { file, parsed, complexity: undefined, issues };
  const complexity = complexityOf(parsed);
  issues.push(
    ...findInTexts(file.path, parsed.after),
    ...findBreakingChanges(file, parsed),
    ...findComplexFunctions(file.path, complexity),
  );
  return { file, parsed, complexity, issues };
}

/** Each issue once, without those below the threshold, the most severe first. */
function worthTelling(issues: Issue[], threshold: Severity): Issue[] {
  const once = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  const least = SEVERITIES.indexOf(threshold);
  return [...once.values()]
    .filter(({ severity }) => SEVERITIES.indexOf(severity) >= least)
    .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));
}

function summaryOf({ file, parsed, complexity }: FileReview): FileSummary {
  const { path, status, binary, added, removed } = file;
  const functions = (complexity?.functions ?? []).map(({ name, line, complexity, before }) => ({
    name,
    line,
    complexity,
    ...(before !== undefined && { before }),
  }));
  const read_as = parsed ? (parsed.whole ? 'whole' : 'fragments') : 'lines';
  return { path, status, additions: added.length, deletions: removed.length, binary, read_as, functions };
}

function recommend(found: Omit<Review, 'approval_recommendation'>): Review['approval_recommendation'] {
  const { issues, lockfile_sync, complexity_score } = found;
  if (issues.some(({ severity }) => severity === 'critical' || severity === 'high')) return 'request_changes';
  const worthAWord = issues.length > 0 || lockfile_sync.status === 'out_of_sync';
  return worthAWord || complexity_score >= HARD_TO_REVIEW ? 'comment' : 'approve';
}
