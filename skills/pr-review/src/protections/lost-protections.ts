import type { ChangedFile, Line } from '../diff/parse-diff.js';
import type { Issue } from '../schema.js';
import { type ChangeBlock, changeBlocks, functionsIn, isActive, outsideFunctions } from './change-blocks.js';
import { type Protection, protectionsFor } from './kinds.js';
import { loosenedComparisons, lostGuards, widenedConditions } from './lost-conditions.js';
import { loosenedClasses, slowerExpressions, unanchoredExpressions } from './lost-expressions.js';
import { likeness, lostIssue, mostAlike, type Piece, piecesIn } from './pieces.js';

/** A block that only removes more than this removes a feature. */
const maxRemoved = 40;
/** Reported in all: who loses more has read that the change is about it. */
const maxIssues = 30;
/** Several pieces can be lost on one line. */
const maxPieces = 10 * maxIssues;

/** A file, and the runs of lines that the change replaces in it. */
interface Change {
  path: string;
  blocks: ChangeBlock[];
}

/**
 * Protections that a change takes away and puts nowhere else. Code that moved, and code that another of its kind replaces, still
 * protects.
 */
export function lostProtections(files: ChangedFile[]): Issue[] {
  const changes = files
    .filter(({ path }) => protectionsFor(path).length > 0)
    .map((file): Change => ({ path: file.path, blocks: changeBlocks(file) }));
  const gone = new Set(files.filter(({ status }) => status === 'deleted').map(({ path }) => path));
  const left = changes.filter(({ path }) => !gone.has(path));
  const issues = [
    ...lostPieces(left, changes)
      .slice(0, maxPieces)
      .map(({ path, protection, line, block }) =>
        lostIssue({ ...protection, type: 'injection' }, path, line, block),
      ),
    ...left.flatMap(({ path, blocks }) => [
      ...slowerExpressions(path, blocks),
      ...unanchoredExpressions(path, blocks),
      ...widenedConditions(path, blocks),
      ...loosenedComparisons(path, blocks),
      ...loosenedClasses(path, blocks),
      ...lostGuards(path, blocks),
    ]),
  ];
  return firstOfEach(issues).slice(0, maxIssues);
}

function lostPieces(left: Change[], changes: Change[]): Piece[] {
  const added = changes.flatMap(({ path, blocks }) =>
    blocks.flatMap((block) => piecesIn(path, block.added, block)),
  );
  const same = counted(added.map(({ text }) => text));
  const removed = left.flatMap(({ path, blocks }) => removedPieces(path, blocks));
  const gone = removed.filter(({ text }) => !take(same, text));
  const kept = counted(added.filter(({ text }) => take(same, text)).map(({ protection }) => protection.name));
  return gone.filter(({ protection }) => !take(kept, protection.name));
}

/** What protects in the lines that go, and the calls of functions of this file that go with what protects in them. */
function removedPieces(path: string, blocks: ChangeBlock[]): Piece[] {
  const own = blocks.flatMap((block) =>
    functionsIn(block.removed).flatMap(({ name, lines }): [string, Protection][] => {
      const [first] = piecesIn(path, lines, block);
      return first ? [[name, first.protection]] : [];
    }),
  );
  return blocks.flatMap((block) => {
    const { added, removed } = block;
    if (added.length === 0 && removed.length > maxRemoved) return [];
    const lines = outsideFunctions(removed);
    const called = lines.filter(isActive).flatMap((line: Line) =>
      own.flatMap(([name, protection]): Piece[] => {
        const text = `${name}(`;
        return line.text.includes(text) ? [{ path, protection, text, line, block }] : [];
      }),
    );
    return [...piecesIn(path, lines, block), ...called];
  });
}

function counted(keys: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Takes one of a kind, if any is left. */
function take(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0;
  if (count > 0) counts.set(key, count - 1);
  return count > 0;
}

/** One issue for each line: the first kind says the most. */
function firstOfEach(issues: Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ file, line, side }) => {
    const key = `${side} ${line} ${file}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Issues of a file that are looked at again; in a file with more nobody wrote the lines one by one. */
const maxImproved = 100;

/**
 * The issues without those on lines that the change makes better: their weakness was there before, and the line has a protection
 * against it that the line in whose place it stands had not.
 */
export function withoutImproved(file: ChangedFile, issues: Issue[]): Issue[] {
  const blocks = changeBlocks(file);
  return issues.filter((issue, index) => index >= maxImproved || !isImproved(file.path, blocks, issue));
}

function isImproved(path: string, blocks: ChangeBlock[], { line, side, cwe }: Issue): boolean {
  if (side !== 'RIGHT') return false;
  const block = blocks.find(({ added }) => added.some((each) => each.line === line));
  const now = block?.added.find((each) => each.line === line);
  const old = now && mostAlike(now.text, block?.removed.filter(isActive) ?? []);
  if (!block || !now || !old || likeness(old.text, now.text) < 0.6) return false;
  const protecting = (each: Line) =>
    piecesIn(path, [each], block).filter(({ protection }) => protection.cwe === cwe).length;
  return protecting(now) > protecting(old);
}
