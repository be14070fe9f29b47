import type { Line } from '../diff/parse-diff.js';
import { issueOf } from '../rules/find-in-lines.js';
import type { Rule } from '../rules/rule.js';
import type { Issue } from '../schema.js';
import { type ChangeBlock, isActive } from './change-blocks.js';
import { type Protection, protectionsFor } from './kinds.js';

/** A piece of code that protects, on a line of a block. */
export interface Piece {
  path: string;
  protection: Protection;
  text: string;
  line: Line;
  block: ChangeBlock;
}

/** Longer lines are data. */
export const maxLine = 2_000;

/** What protects in some lines of a file. */
export function piecesIn(path: string, lines: Line[], block: ChangeBlock): Piece[] {
  const kinds = protectionsFor(path);
  if (kinds.length === 0) return [];
  return lines.filter(isActive).flatMap((line) => {
    if (line.text.length > maxLine) return [];
    return kinds.flatMap((protection) =>
      [...line.text.matchAll(protection.pattern)].map(([text]) => ({
        path,
        protection,
        text: text.replace(/\s+/g, ''),
        line,
        block,
      })),
    );
  });
}

const words = (text: string) => new Set(text.match(/[\w$]+/g) ?? []);

/** The share of its words that a line has in common with another. */
export function likeness(text: string, other: string): number {
  const own = words(text);
  const shared = [...words(other)].filter((word) => own.has(word)).length;
  return shared / Math.max(1, own.size);
}

/** Lines that one is compared with; a block of more is a rewrite, and comparing all with all would take minutes. */
export const maxAlike = 200;

/** The line that has the most words of a text, of the first of some lines. */
export function mostAlike(text: string, lines: Line[]): Line | undefined {
  let best: Line | undefined;
  let most = -1;
  for (const line of lines.slice(0, maxAlike)) {
    const shared = likeness(text, line.text);
    if (shared > most) [best, most] = [line, shared];
  }
  return best;
}

/** An issue about a removed line: on the line that stands there now, or on the removed one where none does. */
export function lostIssue(
  rule: Omit<Rule, 'pattern'>,
  path: string,
  line: Line,
  { added }: ChangeBlock,
): Issue {
  const now = mostAlike(line.text, added.filter(isActive));
  const issue = issueOf(rule, path, now?.line ?? line.line);
  return now ? issue : { ...issue, side: 'LEFT' };
}
