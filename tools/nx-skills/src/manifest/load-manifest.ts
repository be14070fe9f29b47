import { type AppSpecFileIssue, checkAgainst, describeFileIssue } from '@odoobo/app-platform/spec';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type SkillManifest, skillManifestSchema } from './manifest.js';
import { defaultAppSpec } from './read-identity.js';

/** The location of a skill. */
export interface SkillPlace {
  workspaceRoot: string;
  /** Relative to the workspace root. */
  skillRoot: string;
  skill: string;
}

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

/**
 * Reads and checks the manifest of a skill.
 *
 * @param skillRoot folder of the skill, relative to `workspaceRoot`
 * @throws ManifestError with every issue
 */
export async function loadManifest(workspaceRoot: string, skillRoot: string): Promise<SkillManifest> {
  const file = join(skillRoot, 'skill.json');
  const check = checkAgainst(skillManifestSchema, await readJson(workspaceRoot, file));
  if (!check.ok) throw new ManifestError(check.issues.map((issue) => ({ ...issue, file })));
  const folder = basename(skillRoot);
  if (check.value.id !== folder) {
    const message = `expected "${folder}", the name of its folder, got "${check.value.id}"`;
    throw new ManifestError([{ file, path: 'id', message }]);
  }
  return check.value;
}

/** Where the App Spec of a skill is, relative to the workspace root. */
export function appSpecPathOf(manifest: SkillManifest): string {
  return manifest.appSpec ?? defaultAppSpec(manifest.id);
}

async function readJson(workspaceRoot: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(workspaceRoot, file), 'utf8'));
  } catch (cause) {
    const message = cause instanceof SyntaxError ? `not valid JSON: ${cause.message}` : 'cannot be read';
    throw new ManifestError([{ file, path: '', message }], { cause });
  }
}
