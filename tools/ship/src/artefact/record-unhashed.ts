import { realpathSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { replaceFile } from '../records/replace-file.js';
import { ignoredByGit } from './assets.js';
import { keepKey } from './build-keys.js';
import { FileDigests } from './file-digests.js';
import {
  type BuiltSkill,
  type Hashed,
  type Locate,
  locator,
  namesDigest,
  recordPath,
  versionOf,
} from './unhashed.js';

/** The files of the workspace that went into an artefact and that Nx does not hash, as paths from its root. */
export interface Unhashed {
  /** Git ignores them. */
  ignored: string[];
  /** They belong to no project that the skill depends on. */
  outside: string[];
}

const inPackages = `${sep}node_modules${sep}`;
const packageFolder = /^(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//;

/** What went into an artefact: absolute paths. */
export interface Ingredients {
  sources: readonly string[];
  /** Those of them that the manifest names. */
  assets: readonly string[];
}

/**
 * Records which files of an artefact Nx does not hash, so that a change of them is noticed.
 *
 * @param digestOf reads the files: builds of one run share it, since skills share most of their packages
 */
export async function recordUnhashed(
  skill: BuiltSkill,
  { sources, assets }: Ingredients,
  hashed: Hashed,
  digestOf = new FileDigests(skill.workspaceRoot).of,
): Promise<Unhashed> {
  const { workspaceRoot } = skill;
  const made = await filesOf(hashed.outputs, workspaceRoot);
  const fromRoot = (file: string) => relative(workspaceRoot, file).split(sep).join('/');
  const own = sources
    .filter((file) => !file.includes(inPackages))
    .map(fromRoot)
    .filter((file) => !made.has(file));
  const isHashed = (file: string) =>
    hashed.paths.some((path) => path === '.' || file === path || file.startsWith(`${path}/`));
  const outside = own.filter((file) => !isHashed(file));
  const ignored = await ignoredByGit(workspaceRoot, own.filter(isHashed));
  const locate = locator(skill);
  const files = new Map([...outside, ...ignored].map((path) => [path, locate(path)]));
  for (const file of sources) {
    const path = file.includes(inPackages) ? pathOf(locate, file) : undefined;
    if (path !== undefined) files.set(path, file);
  }
  const paths = [...files.keys()].sort();
  const folders = new Set(paths.flatMap((path) => packageFolder.exec(path)?.[1] ?? []));
  const record = {
    hashed,
    files: Object.fromEntries(paths.map((path) => [path, digestOf(files.get(path) ?? '')])),
    packages: Object.fromEntries([...folders].map((folder) => [folder, versionOf(locate(folder))])),
    folders: namesIn(
      locate,
      assets.map(fromRoot).filter((file) => ignored.includes(file)),
    ),
  };
  replaceFile(join(workspaceRoot, recordPath(skill)), JSON.stringify(record), { mode: 0o666 });
  if (paths.length > 0) keepKey(skill);
  return { ignored, outside };
}

function namesIn(locate: Locate, files: readonly string[]): Record<string, string> {
  const folders = [...new Set(files.map((file) => posix.dirname(file)))].sort();
  return Object.fromEntries(folders.map((folder) => [folder, namesDigest(locate(folder))]));
}

/** The files that patterns from the workspace root name. */
export async function filesOf(outputs: string[], workspaceRoot: string): Promise<Set<string>> {
  // Without a pattern, all files are found.
  if (outputs.length === 0) return new Set();
  return new Set(await glob(outputs, { cwd: workspaceRoot, dot: true }));
}

/**
 * The path of a package's file that is the same in all checkouts, wherever packages are; undefined where it does not lead back to
 * the file, as in a store outside of the workspace, whose packages nobody edits.
 */
function pathOf(locate: Locate, file: string): string | undefined {
  const path = file
    .slice(file.indexOf(inPackages) + 1)
    .split(sep)
    .join('/');
  const located = locate(path);
  return located === file || isSame(located, file) ? path : undefined;
}

function isSame(located: string, file: string): boolean {
  try {
    return realpathSync(located) === realpathSync(file);
  } catch {
    return false;
  }
}
