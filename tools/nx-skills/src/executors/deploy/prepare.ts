import { parseAppSpec, resolveSpec, type AppSpec, type MissingVariable } from '@odoobo/app-platform/spec';
import type { DeployRequest } from '@odoobo/app-platform';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageDirectoryOf, readArtefactDigest } from '../../artefact/build-artefact.js';
import { appSpecPathOf, loadManifest } from '../../manifest/load-manifest.js';
import type { SkillManifest } from '../../manifest/manifest.js';

export interface PrepareOptions {
  workspaceRoot: string;
  /** Relative to the workspace root. */
  skillRoot: string;
  skill: string;
  source: 'artefact' | 'as-written';
  environment: NodeJS.ProcessEnv;
  /** Skills of the same run that must be live first. */
  after: string[];
  timeoutMs: number;
  commit?: string | undefined;
}

export interface PreparedSkill {
  request: DeployRequest;
  imageDirectory: string;
  /** Variables that the App Spec wants and the environment does not have. */
  missing: (MissingVariable & { file: string })[];
}

/**
 * Makes the request of one skill from its manifest, its App Spec, its build and the environment.
 *
 * @throws ManifestError or AppSpecError with every issue; an error where there is no build
 */
export async function prepareSkill(options: PrepareOptions): Promise<PreparedSkill> {
  const { workspaceRoot, skillRoot, skill } = options;
  const manifest = await loadManifest(workspaceRoot, skillRoot);
  const file = appSpecPathOf(manifest);
  const spec = await readAppSpec(workspaceRoot, file, manifest);
  const digest = await readArtefactDigest(skill, join(workspaceRoot, skillRoot));
  const resolved = resolveSpec({
    spec,
    file,
    environment: options.environment,
    artefact: { repository: skill, digest },
    source: options.source,
  });
  return {
    request: {
      skill,
      spec: resolved.spec,
      healthPath: manifest.healthPath,
      digest,
      after: options.after,
      timeoutMs: options.timeoutMs,
      updateSources: options.source === 'as-written',
      ...(options.commit ? { commit: options.commit } : {}),
    },
    imageDirectory: imageDirectoryOf(join(workspaceRoot, skillRoot)),
    missing: resolved.missing.map((variable) => ({ ...variable, file })),
  };
}

async function readAppSpec(workspaceRoot: string, file: string, manifest: SkillManifest): Promise<AppSpec> {
  let text: string;
  try {
    text = await readFile(join(workspaceRoot, file), 'utf8');
  } catch (cause) {
    throw new Error(
      `${manifest.id} has no App Spec: ${file} cannot be read. Write one, or see what a new skill gets: npx nx g @odoobo/nx-skills:skill --help`,
      { cause },
    );
  }
  const spec = parseAppSpec(text, file);
  if (spec.name !== manifest.id)
    throw new Error(`${file}: name: expected "${manifest.id}", the id of the skill, got "${spec.name}"`);
  return spec;
}
