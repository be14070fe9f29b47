import type { StructuredPatchHunk } from 'diff';
import { sideOf } from '../diff/parse-diff.js';

/** Keys of a package.json that hold no dependency although their values look like one. */
const otherKeys =
  /^(?:homepage|url|bugs|repository|funding|license|author|email|registry|directory|main|module|types|typings|browser|bin|files|packageManager|node|npm|pnpm|yarn|bun|vscode|version|name|description|type|port|sideEffects)$/;
const dependencySections =
  /dependencies$|^(?:overrides|resolutions|catalogs?|peerDependenciesMeta|pnpm\.overrides)$/i;

/**
 * The lines of one side of a package.json that can name a dependency. The key that a line is under decides, where the hunk
 * shows it; else the line's own key.
 */
export function dependencyLines(hunks: StructuredPatchHunk[], mark: '+' | '-'): ReadonlySet<number> {
  return new Set(hunks.flatMap((hunk) => linesOf(hunk, mark)));
}

function linesOf({ oldStart, newStart, lines }: StructuredPatchHunk, mark: '+' | '-'): number[] {
  const start = mark === '+' ? newStart : oldStart;
  const open: string[] = [];
  return sideOf(mark, lines).flatMap((marked, index) => {
    const text = marked.slice(1);
    const opened = /^\s*(?:"([^"]{1,200})"\s*:\s*)?[{[]\s*$/.exec(text);
    if (opened) open.push(opened[1] ?? '');
    else if (/^\s*[}\]]/.test(text)) open.pop();
    const key = /^\s*"([^"]{1,214})"\s*:/.exec(text)?.[1] ?? '';
    return !opened && isDependency(key, open) ? [start + index] : [];
  });
}

function isDependency(key: string, open: string[]): boolean {
  if (open.length > 0) return open.some((section) => dependencySections.test(section));
  return !otherKeys.test(key);
}
