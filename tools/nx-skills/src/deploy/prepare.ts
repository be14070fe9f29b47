import {
  AppSpecError,
  commentOn,
  resolveSpec,
  writtenSpecIssues,
  type MissingVariable,
} from '@odoobo/app-platform/spec';
import { deployedDigest, type AppSpec, type DeployRequest } from '@odoobo/app-platform';
import type { Checkout } from '@odoobo/git-flow';
import { join } from 'node:path';
import { imageDirectoryOf, readArtefactDigest } from '../artefact/find-artefact.js';
import { loadAppSpec } from '../manifest/load-app-spec.js';
import { loadManifest } from '../manifest/load-manifest.js';
import { previewSpec, type Preview } from '../preview/preview.js';
import type { ImagedSpec, SkillImages } from '../registry/skill-images.js';
import type { OwnSource } from './git-sources.js';
import type { PlacedTask } from './place-tasks.js';

export interface PrepareOptions extends PlacedTask {
  source: 'artefact' | 'as-written';
  /** None where the artefact itself is shipped. */
  images?: SkillImages | undefined;
  env: NodeJS.ProcessEnv;
  /** None where the skill's own app is deployed. */
  preview?: Preview | undefined;
  timeoutMs: number;
  adopt: boolean;
  prune: boolean;
}

export interface MissingOfSkill extends MissingVariable {
  skill: string;
  file: string;
  /** What the App Spec says that it is for; undefined where it says nothing. */
  about: string | undefined;
}

export interface PreparedSkill {
  request: DeployRequest;
  /** The App Spec as it is in its file, with its variables. */
  written: AppSpec;
  /** What it is shipped from. */
  task: PlacedTask;
  /** Branches of this repository that the platform builds it from; none known before `wantCommits`. */
  sources?: readonly OwnSource[];
  imageDirectory: string;
  /** What has to be in a registry; none where nothing runs from one. */
  imaged?: ImagedSpec | undefined;
  /** Its image was not in the registry, and was pushed. */
  imagePushed?: boolean;
  /** Variables that the App Spec wants and the environment does not have. */
  missing: MissingOfSkill[];
}

/**
 * Makes the request of one skill from its manifest, its App Spec, its build and the environment.
 *
 * @throws ManifestError or AppSpecError with every issue; NoBuildError; ImageError where its image cannot be named
 */
export async function prepareSkill(options: PrepareOptions): Promise<PreparedSkill> {
  const { workspaceRoot, skillRoot, skill, checkout, preview } = options;
  const manifest = await loadManifest(workspaceRoot, skillRoot);
  const { spec, file, text } = await loadAppSpec(workspaceRoot, manifest);
  const issues = writtenSpecIssues(spec);
  if (issues.length > 0) throw new AppSpecError(issues.map((issue) => ({ ...issue, file })));
  const digest = await readArtefactDigest(skill, join(workspaceRoot, skillRoot));
  const resolved = resolveSpec({
    spec: preview ? previewSpec(spec, skill, preview) : spec,
    file,
    environment: withBranch(options.env, checkout),
    artefact: { repository: skill, digest },
    source: options.source,
  });
  const imaged = await options.images?.name(join(workspaceRoot, skillRoot), resolved.spec, digest);
  const told = deployedDigest(resolved.spec);
  return {
    request: {
      skill,
      spec: imaged?.spec ?? resolved.spec,
      healthPath: manifest.healthPath,
      digest: told ?? digest,
      tellsOwnDigest: told === undefined,
      after: [...options.after],
      timeoutMs: options.timeoutMs,
      updateSources: options.source === 'as-written',
      adopt: options.adopt,
      prune: options.prune,
      missing: resolved.leftOut,
      origin: preview ? { ...options.origin, preview: preview.pullRequest } : options.origin,
      ...(checkout && { commit: checkout.commit }),
    },
    written: spec,
    task: options,
    imageDirectory: imageDirectoryOf(join(workspaceRoot, skillRoot)),
    imaged,
    missing: resolved.missing.map((variable) => ({
      ...variable,
      skill,
      file,
      about: commentOn(text, variable.path),
    })),
  };
}

/**
 * What is checked out is what App Platform is to build: on a machine of a developer, in a worktree, and in GitHub Actions. On
 * a pull request GitHub names no branch there, but the merge that it would be.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
function withBranch(env: NodeJS.ProcessEnv, checkout: Checkout | undefined): NodeJS.ProcessEnv {
  const branch = checkout?.branch ?? (env['GITHUB_HEAD_REF'] || env['GITHUB_REF_NAME']);
  return branch === undefined ? env : { ...env, GITHUB_REF_NAME: branch };
}
