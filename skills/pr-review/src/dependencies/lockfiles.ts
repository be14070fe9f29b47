import { posix } from 'node:path';
import { type ChangedFile, sideOf } from '../diff/parse-diff.js';
import type { WholeFiles } from '../diff/whole-files.js';
import { quoted } from '../rules/quoted.js';
import type { Issue, LockfileSync } from '../schema.js';
import { type ChangedDependency, type ChangedManifest, changedManifests } from './changed-dependencies.js';
import { movedDownloads } from './downloads.js';
import type { Lockfile } from './ecosystems.js';
import { lockfilesAlone } from './lockfile-alone.js';

export interface LockfileReview {
  lockfile_sync: LockfileSync;
  issues: Issue[];
}

/** A manifest whose lockfile does not follow it, and which of its dependencies show that. */
interface Drift {
  manifest: ChangedManifest;
  lockfile: string | undefined;
  dependencies: ChangedDependency[];
}

/**
 * Finds the manifests that changed their dependencies without their lockfile, and the lockfiles that changed for another
 * manifest than theirs. Only the whole repository shows whether it keeps a lockfile at all; from a diff alone one is expected.
 */
export async function reviewLockfiles(
  files: ChangedFile[],
  whole: WholeFiles | undefined,
): Promise<LockfileReview> {
  const manifests = changedManifests(files);
  const looked = await Promise.all(manifests.map((manifest) => driftOf(manifest, files, whole)));
  const drifts = looked.filter((drift) => drift !== 'not_applicable' && drift !== 'in_sync');
  const alone = await lockfilesAlone(files, whole);
  const stale = [...drifts.map(staleOf), ...alone.map((found) => found.stale)];
  const applicable = looked.some((drift) => drift !== 'not_applicable');
  const status = stale.length > 0 ? 'out_of_sync' : applicable ? 'in_sync' : 'not_applicable';
  const issues = [
    ...drifts.flatMap(issuesOf),
    ...alone.flatMap(({ issue }) => issue ?? []),
    ...movedDownloads(files),
  ];
  return { lockfile_sync: { status, stale }, issues };
}

async function driftOf(
  manifest: ChangedManifest,
  files: ChangedFile[],
  whole: WholeFiles | undefined,
): Promise<Drift | 'in_sync' | 'not_applicable'> {
  const found = changedLockfile(manifest, files);
  if (!found) {
    const lockfile = whole && (await lockfileInRepository(manifest, whole));
    if ((whole && !lockfile) || isGivenUp(manifest, files)) return 'not_applicable';
    const isNpm = manifest.ecosystem.manifest.test('package.json');
    if (isNpm && (await isLockfileOff(foldersAbove(manifest.path), files, whole))) return 'not_applicable';
    return { manifest, lockfile: lockfile?.path, dependencies: manifest.dependencies };
  }
  const text = (await whole?.read(found.file.path)) ?? found.file.added.map((line) => line.text).join('\n');
  const dependencies = unrecorded(manifest, found.lockfile, text);
  return dependencies.length === 0 ? 'in_sync' : { manifest, lockfile: found.file.path, dependencies };
}

/** The change deletes the lockfile itself. */
function isGivenUp(manifest: ChangedManifest, files: ChangedFile[]): boolean {
  return expected(manifest).some(({ path }) =>
    files.some((file) => file.path === path && file.status === 'deleted'),
  );
}

/** Dependencies that a lockfile should hold by now. A range that it does not repeat shows nothing. */
function unrecorded(
  { dependencies, ecosystem }: ChangedManifest,
  { records }: Lockfile,
  text: string,
): ChangedDependency[] {
  if (!records) return [];
  return dependencies
    .filter(({ kind }) => kind === 'added' || (kind === 'range' && ecosystem.recordsRanges))
    .filter((dependency) => !records(dependency).some((record) => text.includes(record)));
}

function changedLockfile(manifest: ChangedManifest, files: ChangedFile[]) {
  for (const { path, lockfile } of expected(manifest)) {
    const file = files.find((changed) => changed.path === path && changed.status !== 'deleted');
    if (file) return { file, lockfile };
  }
  return undefined;
}

async function lockfileInRepository(manifest: ChangedManifest, whole: WholeFiles) {
  for (const candidate of expected(manifest)) {
    const names = await whole.list(posix.dirname(candidate.path));
    if (names.includes(posix.basename(candidate.path))) return candidate;
  }
  return undefined;
}

/** In a workspace the lockfile is beside the root manifest, so every folder above counts, the nearest one first. */
function expected({ path, ecosystem }: ChangedManifest): { path: string; lockfile: Lockfile }[] {
  const lockfiles = ecosystem.lockfiles(posix.basename(path));
  return foldersAbove(path).flatMap((folder) =>
    lockfiles.map((lockfile) => ({ path: posix.join(folder, lockfile.name), lockfile })),
  );
}

/** The folder of a file and all above it, the nearest one first. */
function foldersAbove(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' || folder === '/' ? [folder] : [folder, ...foldersAbove(folder)];
}

function staleOf({ manifest, lockfile, dependencies }: Drift): LockfileSync['stale'][number] {
  const names = manifest.ecosystem.lockfiles(posix.basename(manifest.path)).map(({ name }) => name);
  return {
    manifest: manifest.path,
    expected_one_of: lockfile ? [lockfile] : names,
    dependencies: [...new Set(dependencies.map(({ name }) => name))],
  };
}

/** One issue a manifest, on its first line that shows the drift. */
function issuesOf({ manifest, lockfile, dependencies }: Drift): Issue[] {
  const [first] = dependencies;
  if (!first) return [];
  const names = dependencies
    .slice(0, 5)
    .map(({ name }) => quoted(name))
    .join(', ');
  const more = dependencies.length > 5 ? ` and ${dependencies.length - 5} more` : '';
  const behind = lockfile ? quoted(posix.basename(lockfile)) : 'no lockfile';
  return [
    {
      type: 'dependency',
      severity: 'medium',
      file: manifest.path,
      line: first.line,
      side: first.kind === 'removed' ? 'LEFT' : 'RIGHT',
      message: `This changes ${names}${more}, and ${behind} follows${lockfile ? ' not' : ''}: others install something else.`,
      suggestion: `Run ${manifest.ecosystem.update}, and commit the lockfile with the manifest.`,
      rule: 'lockfile-out-of-sync',
    },
  ];
}

/** Settings with which npm, pnpm and Yarn write no lockfile. */
const off: Record<string, RegExp> = {
  '.npmrc': /^\s*(?:package-lock|shrinkwrap|lockfile)\s*=\s*false\s*$/m,
  '.yarnrc': /^\s*(?:--(?:install\.)?(?:no-lockfile|pure-lockfile)\b|lockfile\s+false)/m,
};

/** Whether the settings beside a manifest, or in a folder above, say that there is no lockfile. */
async function isLockfileOff(
  folders: string[],
  files: ChangedFile[],
  whole: WholeFiles | undefined,
): Promise<boolean> {
  for (const folder of folders) {
    for (const [name, setting] of Object.entries(off)) {
      const text = await settingsIn(posix.join(folder, name), files, whole);
      if (text !== undefined && setting.test(text)) return true;
    }
  }
  return false;
}

/** The file in the repository, else what the diff shows of it. */
async function settingsIn(
  path: string,
  files: ChangedFile[],
  whole: WholeFiles | undefined,
): Promise<string | undefined> {
  const changed = files.find((file) => file.path === path && file.status !== 'deleted');
  if (changed)
    return changed.hunks.flatMap(({ lines }) => sideOf('+', lines).map((line) => line.slice(1))).join('\n');
  if (!whole || !(await whole.list(posix.dirname(path))).includes(posix.basename(path))) return undefined;
  return whole.read(path);
}
