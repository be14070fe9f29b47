import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIdentity } from '../manifest/read-identity.js';
import { replaceFile } from '../records/replace-file.js';
import { allUnhashedVariable, unhashedVariable } from './build-variables.js';
import { FileDigests } from './file-digests.js';
import { type BuiltSkill, changedUnhashed } from './unhashed.js';

/** A build that has files that Nx does not hash. */
interface Known {
  /** From the workspace root. */
  skillRoot: string;
  /**
   * What Nx hashes for these files: a digest of what changed in them since a build that Nx has in its cache. Empty before the
   * first change, so that all checkouts find each other's builds.
   */
  key: string;
}

function folderOf(workspaceRoot: string): string {
  return join(workspaceRoot, '.nx/skills/unhashed');
}

/**
 * Looks for files that Nx does not hash and that have changed since they went into an artefact, and makes Nx miss its cache for
 * the build of these skills.
 *
 * @returns the variables that Nx hashes
 */
export function buildKeys(workspaceRoot: string): Record<string, string> {
  const digests = new FileDigests(workspaceRoot);
  const keys = knownIn(workspaceRoot).map(({ skillRoot, key }) => {
    const changes = changedUnhashed({ workspaceRoot, skillRoot }, digests.of);
    if (changes) changeKey({ workspaceRoot, skillRoot }, changes.digest);
    return [unhashedVariable(readIdentity(workspaceRoot, skillRoot).id), changes?.digest ?? key] as const;
  });
  digests.keep();
  const all = keys.flatMap(([, key]) => key || []).sort();
  return { ...Object.fromEntries(keys), [allUnhashedVariable]: all.join(' ') };
}

/** From now on, `buildKeys` looks at the files of this skill. */
export function keepKey(skill: BuiltSkill): void {
  const known = knownIn(skill.workspaceRoot).some(({ skillRoot }) => skillRoot === skill.skillRoot);
  if (!known) changeKey(skill, '');
}

/**
 * Makes Nx miss its cache at the next build of a skill.
 * @returns whether that is new; if not, Nx does not hash the key
 */
export function changeKey({ workspaceRoot, skillRoot }: BuiltSkill, key: string): boolean {
  const isNew = !knownIn(workspaceRoot).some((one) => one.skillRoot === skillRoot && one.key === key);
  const file = join(folderOf(workspaceRoot), `${encodeURIComponent(skillRoot)}.json`);
  replaceFile(file, JSON.stringify({ skillRoot, key }));
  return isNew;
}

function knownIn(workspaceRoot: string): Known[] {
  const folder = folderOf(workspaceRoot);
  return namesIn(folder).flatMap((name) => {
    try {
      const { skillRoot, key } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Partial<Known>;
      return skillRoot !== undefined && key !== undefined ? [{ skillRoot, key }] : [];
    } catch {
      // `nx reset` has just deleted it.
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}
