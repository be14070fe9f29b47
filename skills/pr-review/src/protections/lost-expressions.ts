import type { Line } from '../diff/parse-diff.js';
import { issueOf } from '../rules/find-in-lines.js';
import type { Rule } from '../rules/rule.js';
import type { Issue } from '../schema.js';
import { type ChangeBlock, isActive } from './change-blocks.js';
import { ambiguity, expressionsIn } from './expressions.js';
import { likeness, maxLine } from './pieces.js';

type ExpressionRule = Omit<Rule, 'pattern'>;

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
    const before = removed.filter(isActive).flatMap(classesIn);
    return added.filter(isActive).flatMap((line) => {
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
    const before = removed.filter(isActive).flatMap(expressionsIn);
    return added.filter(isActive).flatMap((line) => {
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
  return blocks.flatMap(({ removed, added }) => {
    const before = removed.filter(isActive).flatMap(expressionsIn);
    const known = Math.max(0, ...before.map(ambiguity));
    return added.filter(isActive).flatMap((line) => {
      if (line.text.length > maxLine) return [];
      const isChanged = before.length > 0 || removed.some(({ text }) => likeness(text, line.text) >= 0.5);
      const now = expressionsIn(line).filter((each) => !before.includes(each));
      return isChanged && now.some((each) => ambiguity(each) > known)
        ? [issueOf(slower, path, line.line)]
        : [];
    });
  });
}
