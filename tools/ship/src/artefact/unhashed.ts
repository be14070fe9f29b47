import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { outputFolder, recordFile } from '../manifest/output-folder.js';
import { readIdentity } from '../manifest/read-identity.js';
import { FileDigests } from './file-digests.js';

/*
 * Nx takes a build from its cache if the files that it hashes are the same: those of the skill and of the projects that it
 * depends on, without what git ignores, and the versions of packages, but not their files. What else went into an artefact is
 * recorded beside it, where Nx keeps it in the cache with it. Loaded before each run of tasks, so it imports nothing large.
 */

/** A skill in a checkout. */
export interface BuiltSkill {
  workspaceRoot: string;
  /** From the workspace root. */
  skillRoot: string;
}

/** The files that Nx hashes for a build. */
export interface Hashed {
  /** Folders of projects, and files, from the workspace root, without what git ignores. */
  paths: string[];
  /** The outputs of the target that runs first, ignored by git or not: patterns from the workspace root. */
  outputs: string[];
}

export interface UnhashedRecord {
  hashed: Hashed;
  /** The digests of the other files, by path: from the workspace root, or from a `node_modules` at or above the skill. */
  files: Record<string, string>;
  /** The versions of the packages among these, by folder. */
  packages: Record<string, string>;
  /** Digests of the names in folders from which assets are shipped that git ignores: another file there may be one, too. */
  folders: Record<string, string>;
}

/** The output of a skill's build that has its record, from the workspace root. */
export function recordPath({ workspaceRoot, skillRoot }: BuiltSkill): string {
  return join(skillRoot, outputFolder(readIdentity(workspaceRoot, skillRoot)), recordFile);
}

/** The record of the artefact that a skill has; undefined where it has none. */
export function readUnhashed(skill: BuiltSkill): UnhashedRecord | undefined {
  const record: Partial<UnhashedRecord> = readJson(join(skill.workspaceRoot, recordPath(skill))) ?? {};
  const { hashed, files, packages, folders } = record;
  return hashed && files && packages && folders ? { hashed, files, packages, folders } : undefined;
}

/** What makes an artefact outdated although Nx may take it for the result of a build now. */
export interface Changes {
  /** In the order of the record. */
  files: string[];
  /** Of their contents now. */
  digest: string;
}

/** The files that Nx does not hash and that have changed since they went into the artefact; undefined where none has. */
export function changedUnhashed(
  skill: BuiltSkill,
  digestOf = new FileDigests(skill.workspaceRoot).of,
): Changes | undefined {
  const record = readUnhashed(skill);
  if (!record) return undefined;
  const locate = locator(skill);
  const files = Object.entries(record.files)
    .map(([path, then]) => ({ path, then, digest: digestOf(locate(path)) }))
    .filter(isChanged);
  const folders = Object.entries(record.folders).map(([path, then]) => ({
    path: `${path}/`,
    then,
    digest: namesDigest(locate(path)),
  }));
  const changed = [...ofSameVersions(locate, record, files), ...folders.filter(isChanged)];
  if (changed.length === 0) return undefined;
  const lines = changed.map(({ path, digest }) => `${path} ${digest}\n`);
  return { files: changed.map(({ path }) => path), digest: hash('sha256', lines.join('')) };
}

/** A file or a folder of a record, and what it is now. */
interface Compared {
  path: string;
  then: string;
  digest: string;
}

function isChanged({ then, digest }: Compared): boolean {
  return digest !== then;
}

/** Without those of packages that have another version than the artefact: Nx hashes versions. */
function ofSameVersions(locate: Locate, { packages }: UnhashedRecord, files: Compared[]): Compared[] {
  if (files.length === 0) return [];
  const updated = Object.keys(packages).filter((folder) => versionOf(locate(folder)) !== packages[folder]);
  return files.filter(({ path }) => !updated.some((folder) => path.startsWith(`${folder}/`)));
}

/** From a path of a record to that of the file or folder. */
export type Locate = (path: string) => string;

/**
 * Finds the files and folders of a record, whose packages may be elsewhere than where it was built. Where only one folder at or
 * above the skill has packages, as in most workspaces, it asks for no file: there are thousands.
 */
export function locator({ workspaceRoot, skillRoot }: BuiltSkill): Locate {
  const withPackages = ancestorsOf(join(workspaceRoot, skillRoot)).filter((folder) =>
    existsSync(join(folder, 'node_modules')),
  );
  const outermost = withPackages.pop() ?? workspaceRoot;
  return (path) => {
    if (!path.startsWith('node_modules/')) return join(workspaceRoot, path);
    const folder = withPackages.find((one) => existsSync(join(one, path))) ?? outermost;
    // Not by join: it would take longer than all else that is done for a file.
    return `${folder}/${path}`;
  };
}

/** A folder and those above it, from the inside out. */
function ancestorsOf(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...ancestorsOf(above)];
}

/** Of the names in a folder; empty where there is none. */
export function namesDigest(folder: string): string {
  try {
    return hash('sha256', readdirSync(folder).sort().join('\n'));
  } catch {
    return '';
  }
}

/** Of an installed package; empty where there is none. */
export function versionOf(folder: string): string {
  const { version } = (readJson(join(folder, 'package.json')) ?? {}) as { version?: unknown };
  return typeof version === 'string' ? version : '';
}

function readJson(file: string): object | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch {
    return undefined;
  }
}
