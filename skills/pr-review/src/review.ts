import { findBreakingChanges } from './api/find-breaking-changes.js';
import { shortContextNotes } from './api/short-context.js';
import { languageOf } from './code/language.js';
import { CodeReader, type ParsedFile } from './code/parse.js';
import {
  complexityOf,
  type FileComplexity,
  findComplexFunctions,
} from './complexity/find-complex-functions.js';
import { complexityScore } from './complexity/score.js';
import { reviewLockfiles } from './dependencies/lockfiles.js';
import { sidesOf } from './diff/chunk.js';
import type { ChangedFile } from './diff/parse-diff.js';
import { skippedNotes, type SkipReason, skipReasonOf } from './diff/skipped.js';
import type { WholeFiles } from './diff/whole-files.js';
import { findInDocument, isDocument } from './documents/documents.js';
import { findFlows } from './flow/find-flows.js';
import { lostProtections, withoutImproved } from './protections/lost-protections.js';
import { findInLines } from './rules/find-in-lines.js';
import { severities, type Severity } from './rules/rule.js';
import type { FileSummary, Issue, Review } from './schema.js';
import { type AllowList, allowListOf } from './secrets/allow-list.js';
import { findSecrets, ReadingBudget } from './secrets/find-secrets.js';

/** Above this a reviewer should look even where no rule found anything. */
const hardToReview = 7;

export interface ReviewOptions {
  /** Issues that are less severe are left out. */
  threshold: Severity;
  signal: AbortSignal;
  /** The repository after the change, where it can be asked. */
  whole?: WholeFiles;
}

interface FileReview {
  file: ChangedFile;
  skipped?: SkipReason | undefined;
  parsed: ParsedFile | undefined;
  complexity: FileComplexity | undefined;
  issues: Issue[];
  notes?: string[];
}

/** Files that are asked for at the same time. */
const readsAtOnce = 6;

/**
 * Reviews what a change does to files.
 * @throws the reason of `signal` when that aborts
 */
export async function reviewFiles(files: ChangedFile[], options: ReviewOptions): Promise<Review> {
  const reader = new CodeReader(options.signal);
  const budget = new ReadingBudget();
  const allowList = await allowListOf(files, options.whole);
  const reviews: FileReview[] = [];
  for (let start = 0; start < files.length; start += readsAtOnce) {
    const some = files.slice(start, start + readsAtOnce);
    const texts = await Promise.all(some.map((file) => wholeText(file, options.whole)));
    for (const [index, file] of some.entries()) {
      reviews.push(await reviewFile(file, texts[index], reader, allowList, budget, options.signal));
    }
  }
  const read = reviews.filter(({ skipped }) => !skipped).map(({ file }) => file);
  const lockfiles = await reviewLockfiles(read, options.whole);
  const issues = [
    ...reviews.flatMap((review) => review.issues),
    ...lostProtections(read),
    ...lockfiles.issues,
  ];
  const notes = [
    ...(allowList.note ? [allowList.note] : []),
    ...budget.note,
    ...reviews.flatMap(({ notes: own = [] }) => own),
    ...skippedNotes(
      reviews.flatMap(({ file: { path, added }, skipped }) => (added.length > 0 ? [{ path, skipped }] : [])),
    ),
  ];
  const found = {
    ...(notes.length > 0 && { notes }),
    issues: worthTelling(issues, options.threshold),
    files: reviews.map(summaryOf),
    lockfile_sync: lockfiles.lockfile_sync,
    complexity_score: complexityScore(reviews.filter(({ skipped }) => !skipped)),
  };
  return { ...found, approval_recommendation: recommend(found) };
}

/** What the diff leaves out of a file that a parser reads. The hunk of a new or deleted file is all of it. */
async function wholeText(file: ChangedFile, whole: WholeFiles | undefined): Promise<string | undefined> {
  const isPartial =
    file.hunks.length > 0 && file.status !== 'added' && file.status !== 'deleted' && !skipReasonOf(file);
  return isPartial && (languageOf(file.path) || isDocument(file.path)) ? whole?.read(file.path) : undefined;
}

async function reviewFile(
  file: ChangedFile,
  text: string | undefined,
  reader: CodeReader,
  allowList: AllowList,
  budget: ReadingBudget,
  signal: AbortSignal,
): Promise<FileReview> {
  const skipped = skipReasonOf(file);
  if (skipped) return { file, skipped, parsed: undefined, complexity: undefined, issues: [] };
  const sides = sidesOf(file, text);
  const parsed = await reader.read(file.path, sides);
  const weaknesses = withoutImproved(file, [
    ...(await findInLines(file, parsed?.after, signal)),
    ...findInDocument(file.path, sides.after),
    ...(parsed ? await findFlows(parsed, signal) : []),
  ]);
  const issues = [...weaknesses, ...(await findSecrets(file, allowList, signal, budget))];
  if (!parsed) return { file, parsed, complexity: undefined, issues };
  const complexity = complexityOf(parsed);
  issues.push(...findBreakingChanges(file, parsed), ...findComplexFunctions(file.path, complexity));
  return { file, parsed, complexity, issues, notes: shortContextNotes(file, parsed) };
}

/** Each issue once, without those below the threshold, the most severe first. */
function worthTelling(issues: Issue[], threshold: Severity): Issue[] {
  const once = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  const least = severities.indexOf(threshold);
  return [...once.values()]
    .filter(({ severity }) => severities.indexOf(severity) >= least)
    .sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
}

function summaryOf({ file, skipped, parsed, complexity }: FileReview): FileSummary {
  const { path, status, binary, added, removed } = file;
  const functions = (complexity?.functions ?? []).map(({ name, line, complexity, before }) => ({
    name,
    line,
    complexity,
    ...(before !== undefined && { before }),
  }));
  const read_as = parsed ? (parsed.whole ? 'whole' : 'fragments') : 'lines';
  return {
    path,
    status,
    additions: added.length,
    deletions: removed.length,
    binary,
    read_as,
    ...(skipped && { skipped }),
    functions,
  };
}

function recommend(found: Omit<Review, 'approval_recommendation'>): Review['approval_recommendation'] {
  const { issues, lockfile_sync, complexity_score, notes = [] } = found;
  if (issues.some(({ severity }) => severity === 'critical' || severity === 'high')) return 'request_changes';
  const worthAWord = issues.length > 0 || notes.length > 0 || lockfile_sync.status === 'out_of_sync';
  return worthAWord || complexity_score >= hardToReview ? 'comment' : 'approve';
}
