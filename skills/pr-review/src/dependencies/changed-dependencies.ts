import type { StructuredPatchHunk } from 'diff';
import { posix } from 'node:path';
import { type ChangedFile, type Line, sideOf } from '../diff/parse-diff.js';
import { type Dependency, type Ecosystem, ecosystems } from './ecosystems.js';

/** A dependency that a change adds, gives another range, or removes. */
export interface ChangedDependency extends Dependency {
  kind: 'added' | 'range' | 'removed';
  line: number;
}

export interface ChangedManifest {
  path: string;
  ecosystem: Ecosystem;
  dependencies: ChangedDependency[];
}

/** The manifests that change what they depend on. Removed manifests and those with a line moved unchanged do not count. */
export function changedManifests(files: ChangedFile[]): ChangedManifest[] {
  return files.flatMap((file) => {
    const ecosystem = ecosystems.find(({ manifest }) => manifest.test(posix.basename(file.path)));
    if (!ecosystem || file.status === 'deleted') return [];
    const dependencies = changedDependencies(file, ecosystem);
    return dependencies.length > 0 ? [{ path: file.path, ecosystem, dependencies }] : [];
  });
}

function changedDependencies(file: ChangedFile, { dependency }: Ecosystem): ChangedDependency[] {
  const before = namedIn(candidates(file, '-'), dependency);
  const after = namedIn(candidates(file, '+'), dependency);
  const now = after
    .filter(({ name, range }) => !before.some((old) => old.name === name && old.range === range))
    .map((found) => {
      const kind = before.some(({ name }) => name === found.name) ? ('range' as const) : ('added' as const);
      return { ...found, kind };
    });
  const gone = before.filter(({ name }) => !after.some((found) => found.name === name));
  return [...now, ...gone.map((found) => ({ ...found, kind: 'removed' as const }))];
}

/** In JSON any key can have a value that looks like a version or an address. */
function candidates(file: ChangedFile, mark: '+' | '-'): Line[] {
  const lines = mark === '+' ? file.added : file.removed;
  if (!file.path.endsWith('.json')) return lines;
  const allowed = dependencyLines(file.hunks, mark);
  return lines.filter(({ line }) => allowed.has(line));
}

function namedIn(lines: Line[], dependency: RegExp): (Dependency & { line: number })[] {
  return lines.flatMap(({ line, text }) => {
    const groups = dependency.exec(text)?.groups;
    if (!groups) return [];
    const { name = groups['key'], range = groups['version'] ?? '' } = groups;
    return name === undefined ? [] : [{ name, range, line }];
  });
}

/** Keys of a package.json that hold no dependency although their values look like one. */
const otherKeys =
  /^(?:homepage|url|bugs|repository|funding|license|author|email|registry|directory|main|module|types|typings|browser|bin|files|packageManager|node|npm|pnpm|yarn|bun|vscode|version|name|description|type|port|sideEffects)$/;
const dependencySections =
  /dependencies$|^(?:overrides|resolutions|catalogs?|peerDependenciesMeta|pnpm\.overrides)$/i;

/**
 * The lines of one side of a package.json that can name a dependency. The key that a line is under decides, where the hunk
 * shows it; else the line's own key.
 */
function dependencyLines(hunks: StructuredPatchHunk[], mark: '+' | '-'): ReadonlySet<number> {
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
