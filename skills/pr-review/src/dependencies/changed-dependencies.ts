import { posix } from 'node:path';
import type { ChangedFile, Line } from '../diff/parse-diff.js';
import { type Dependency, type Ecosystem, ecosystems } from './ecosystems.js';
import { dependencyLines } from './json-sections.js';

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
