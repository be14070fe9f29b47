import { AppSpecError, type AppSpecFile, readAppSpec } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runsBehindNx } from '../terminal/nx-stdout.js';
import { imageIssues } from './image-issues.js';
import { appSpecPathOf } from './load-manifest.js';
import type { SkillManifest } from './manifest.js';

export interface LoadedAppSpec extends AppSpecFile {
  /** Relative to the workspace root. */
  file: string;
  /** The text as written, with its comments. */
  text: string;
}

/** The App Spec that a skill names does not exist. */
export class NoAppSpecError extends Error {
  override readonly name = 'NoAppSpecError';
}

/**
 * Reads and checks the App Spec of a skill.
 *
 * @throws AppSpecError with every issue; NoAppSpecError if there is no file
 */
export async function loadAppSpec(workspaceRoot: string, manifest: SkillManifest): Promise<LoadedAppSpec> {
  const file = appSpecPathOf(manifest);
  const text = await readText(workspaceRoot, file, manifest.id);
  const { spec, locate } = readAppSpec(text, file);
  if (spec.name !== manifest.id) {
    const message = `expected "${manifest.id}", the id of the skill, got "${spec.name}"`;
    throw new AppSpecError(locate([{ path: 'name', message }]));
  }
  const issues = imageIssues(spec, manifest);
  if (issues.length > 0) throw new AppSpecError(locate(issues));
  return { spec, locate, file, text };
}

async function readText(workspaceRoot: string, file: string, skill: string): Promise<string> {
  try {
    return await readFile(join(workspaceRoot, file), 'utf8');
  } catch (cause) {
    throw new NoAppSpecError(
      `${skill} has no App Spec: ${file} cannot be read. ` +
        (runsBehindNx()
          ? `Write one, or see what a new skill gets: ${runner} nx g @odoobo/nx-skills:skill --help`
          : 'Write one there, or name another file in the manifest ("appSpec").'),
      { cause },
    );
  }
}
