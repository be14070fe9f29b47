import type { Line } from '../diff/parse-diff.js';
import { issueOf } from '../rules/find-in-lines.js';
import type { Rule } from '../rules/rule.js';
import type { Issue } from '../schema.js';
import { type ChangeBlock, isActive } from './change-blocks.js';
import { ambiguity, expressionsIn } from './expressions.js';
import { likeness, maxAlike, maxLine } from './pieces.js';

type ExpressionRule = Omit<Rule, 'pattern'>;

/** The expressions of some lines, as many as those of a line are compared with. */
function expressionsOf(lines: Line[]): string[] {
  return lines.filter(isActive).flatMap(expressionsIn).slice(0, maxAlike);
}

const slower: ExpressionRule = {
  name: 'expression-made-slower',
  type: 'configuration',
  cwe: 'CWE-1333',
  severity: 'medium',
  message: 'This expression tries more ways than the one before, so a long text can keep the process busy.',
  suggestion: 'Begin each repetition with what separates it, or bound it.',
};

const dangerous = new Set('<>"\'&/\\`;|$');
const classes = /\[(\^?)((?:\\.|[^\]\\\n]){1,60})\]/g;

/** Sets of characters that let more through: one that names what is kept grew, or one that names what is dangerous shrank. */
export function loosenedClasses(path: string, blocks: ChangeBlock[]): Issue[] {
  return blocks.flatMap(({ removed, added }) => {
    const before = removed.filter(isActive).flatMap(classesIn).slice(0, maxAlike);
    return withExpressions(added)
      .slice(0, maxMeasured)
      .flatMap(({ line }) => {
        const isLoose = classesIn(line).some((now) => before.some((old) => isLooser(old, now)));
        return isLoose ? [issueOf(looseClass, path, line.line)] : [];
      });
  });
}

const looseClass: ExpressionRule = {
  name: 'characters-let-through',
  type: 'injection',
  severity: 'medium',
  cwe: 'CWE-20',
  message: 'More characters are let through than before.',
  suggestion: 'Keep the set of characters, or show that the new ones are harmless where the value goes.',
};

function classesIn(line: Line): { isNegated: boolean; members: Set<string> }[] {
  return expressionsIn(line).flatMap((source) =>
    [...source.matchAll(classes)].map(([, negation, members = '']) => ({
      isNegated: negation === '^',
      members: new Set(members.match(/\\?./g)),
    })),
  );
}

function isLooser(
  old: ReturnType<typeof classesIn>[number],
  now: ReturnType<typeof classesIn>[number],
): boolean {
  if (old.isNegated !== now.isNegated) return false;
  const [small, large] = old.isNegated ? [old.members, now.members] : [now.members, old.members];
  if (small.size >= large.size || small.size < 2 || ![...small].every((each) => large.has(each)))
    return false;
  return [...large].some((each) => !small.has(each) && dangerous.has(each.at(-1) ?? ''));
}

const unanchored: ExpressionRule = {
  name: 'anchor-removed',
  type: 'injection',
  cwe: 'CWE-777',
  severity: 'medium',
  message: 'The expression had to match the whole text, or its start, and now matches any part of it.',
  suggestion: 'Keep the anchors.',
};
const anchors = /^(?:\^|\\A)|(?:(?<!\\)\$|\\[zZ])$/g;

/** Expressions that lost an anchor, and with it what kept other texts out. */
export function unanchoredExpressions(path: string, blocks: ChangeBlock[]): Issue[] {
  return blocks.flatMap(({ removed, added }) => {
    const before = expressionsOf(removed);
    return withExpressions(added)
      .slice(0, maxMeasured)
      .flatMap(({ line }) => {
        const isLoose = expressionsIn(line).some((now) =>
          before.some(
            (old) => old.length > now.length && old.replace(anchors, '') === now.replace(anchors, ''),
          ),
        );
        return isLoose ? [issueOf(unanchored, path, line.line)] : [];
      });
  });
}

/** Expressions in the place of a line that took less time. Go and Rust have none that take long. */
export function slowerExpressions(path: string, blocks: ChangeBlock[]): Issue[] {
  if (/\.(?:go|rs)$/.test(path)) return [];
  let left = maxMeasured;
  return blocks.flatMap(({ removed, added }) => {
    const before = expressionsOf(removed).slice(0, left);
    const changed = withExpressions(added).slice(0, left);
    left -= Math.max(before.length, changed.length);
    const known = Math.max(0, ...before.map(ambiguity));
    return changed.flatMap(({ line, expressions }) => {
      const old = removed.slice(0, maxAlike);
      const isChanged = before.length > 0 || old.some(({ text }) => likeness(text, line.text) >= 0.5);
      const now = expressions.filter((each) => !before.includes(each)).slice(0, 5);
      return isChanged && now.some((each) => ambiguity(each) > known)
        ? [issueOf(slower, path, line.line)]
        : [];
    });
  });
}

/** Lines of a file whose expressions are measured, which takes up to some milliseconds for each. */
const maxMeasured = 100;

function withExpressions(lines: Line[]): { line: Line; expressions: string[] }[] {
  return lines
    .filter((line) => line.text.length <= maxLine && isActive(line))
    .map((line) => ({ line, expressions: expressionsIn(line) }))
    .filter(({ expressions }) => expressions.length > 0);
}
