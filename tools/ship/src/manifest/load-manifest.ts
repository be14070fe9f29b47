import { type AppSpecFileIssue, checkAgainst, describeFileIssue } from '@odoobo/app-platform/spec';
import { join } from 'node:path';
import { findManifests, manifestFile, type WrittenManifest } from './find-manifests.js';
import { type SkillManifest, skillManifestSchema } from './manifest.js';
import { defaultAppSpec } from './read-identity.js';

/** A problem in a file of a skill; the file is relative to the workspace root. */
export type FileIssue = AppSpecFileIssue;

/** All errors of a manifest, one line per issue. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';

  constructor(
    readonly issues: readonly FileIssue[],
    options?: ErrorOptions,
  ) {
    super(issues.map(describeFileIssue).join('\n'), options);
  }
}

/** A checked manifest, and where it is written. */
export interface LoadedManifest {
  manifest: SkillManifest;
  /** Relative to the workspace root. */
  file: string;
  /** The path in the file of a field of the manifest, as issues name it. */
  at: (path: string) => string;
}

/**
 * Reads and checks the manifest of a skill.
 *
 * @param skillRoot folder of the skill, relative to `workspaceRoot`
 * @throws ManifestError with every issue
 */
export async function loadManifest(workspaceRoot: string, skillRoot: string): Promise<SkillManifest> {
  return (await loadManifestFile(workspaceRoot, skillRoot)).manifest;
}

/**
 * Like `loadManifest`, with the place of the manifest.
 * @throws ManifestError with every issue
 */
export async function loadManifestFile(workspaceRoot: string, skillRoot: string): Promise<LoadedManifest> {
  const found = theManifest(findManifests(join(workspaceRoot, skillRoot)), skillRoot);
  const file = join(skillRoot, found.file);
  const at = (path: string) => [found.path, path].filter((part) => part !== '').join('/');
  const check = checkAgainst(skillManifestSchema, found.value);
  if (check.ok) return { manifest: check.value, file, at };
  throw new ManifestError(check.issues.map((issue) => ({ ...issue, path: at(issue.path), file })));
}

/** Where the App Spec of a skill is, relative to the workspace root. */
export function appSpecPathOf(manifest: SkillManifest): string {
  return manifest.appSpec ?? defaultAppSpec(manifest.id);
}

function theManifest(found: readonly WrittenManifest[], skillRoot: string): WrittenManifest {
  const [first, second] = found;
  if (!first) throw refused(skillRoot, manifestFile, 'cannot be read');
  if (second) {
    const message = `is a second manifest of this project, beside ${first.file}. Keep one of them`;
    throw new ManifestError([{ file: join(skillRoot, second.file), path: second.path, message }]);
  }
  if (first.error)
    throw refused(skillRoot, first.file, `not valid JSON: ${first.error.message}`, first.error);
  return first;
}

function refused(skillRoot: string, file: string, message: string, cause?: Error): ManifestError {
  return new ManifestError([{ file: join(skillRoot, file), path: '', message }], { cause });
}
