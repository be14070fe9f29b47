import { type AppSpec, deployedDigest, type DeployRequest, type Origin } from '@odoobo/app-platform';
import {
  AppSpecError,
  commentOn,
  type MissingVariable,
  resolveSpec,
  withResourceAttributes,
  writtenSpecIssues,
} from '@odoobo/app-platform/spec';
import { withSchedule } from '@odoobo/app-platform/versions';
import type { Checkout } from '@odoobo/git-flow';
import { join } from 'node:path';
import { imageDirectoryOf, readArtefactDigest } from '../artefact/find-artefact.js';
import type { BuiltSkill } from '../artefact/unhashed.js';
import type { SkillManifest } from '../manifest/manifest.js';
import { idOf } from '../manifest/skill-place.js';
import { placedSpec } from '../placement/placed-spec.js';
import { placedOrigin, type Placement } from '../placement/placement.js';
import type { RequireApart } from '../placement/tenants-apart.js';
import { type Preview, previewPlace } from '../preview/preview.js';
import { promotedSpec } from '../promote/promoted.js';
import type { ImagedSpec, SkillImages } from '../registry/skill-images.js';
import type { Rollouts } from '../rollout/rollouts.js';
import type { OwnSource } from './git-sources.js';
import type { PlacedTask } from './place-tasks.js';
import { sitedSpec } from './sited-spec.js';
import { readSkillFiles } from './skill-files.js';

export interface PrepareOptions extends PlacedTask {
  source: 'artefact' | 'as-written';
  /** Undefined if the artefact itself is shipped. */
  images?: SkillImages | undefined;
  env: NodeJS.ProcessEnv;
  /** Undefined if the skill's own app is deployed. */
  preview?: Preview | undefined;
  /** Undefined if new versions are released to all at once. */
  rollouts?: Rollouts | undefined;
  timeoutMs: number;
  adopt: boolean;
  prune: boolean;
  requireApart: RequireApart;
  /** Builds it again, if files have changed that Nx does not hash. */
  rebuild: (skill: BuiltSkill, manifest: SkillManifest) => Promise<unknown>;
}

export interface MissingOfSkill extends MissingVariable {
  skill: string;
  file: string;
  /** Its purpose, from the App Spec; undefined if the App Spec does not state it. */
  about: string | undefined;
}

export interface PreparedSkill {
  request: DeployRequest;
  /** The App Spec as written, with its variables. */
  written: AppSpec;
  /** Its sizes by the clock; undefined if it has no schedule, or this is a preview. */
  schedule?: SkillManifest['scale'];
  /** What it must serve; undefined if its manifest does not say, or this is a preview. */
  load?: SkillManifest['load'];
  /** The checkout that it is shipped from. */
  task: PlacedTask;
  /** Branches of this repository that the platform builds it from; set by `wantCommits`. */
  sources?: readonly OwnSource[];
  imageDirectory: string;
  /** Set if it is released by a rollout: the image of the router, to push or to publish. */
  router?: { imageDirectory: string; imaged?: ImagedSpec | undefined } | undefined;
  /** The image to push; undefined if no component runs one. */
  imaged?: ImagedSpec | undefined;
  /** Its image was missing in the registry, and was pushed. */
  imagePushed?: boolean;
  /** Variables of the App Spec that are missing in the environment. */
  missing: MissingOfSkill[];
}

/**
 * Makes the request of one skill from its manifest, its App Spec, its build and the environment.
 * @throws ManifestError or AppSpecError with every issue; NoBuildError; ImageError where its image cannot be named
 */
export async function prepareSkill(options: PrepareOptions): Promise<PreparedSkill> {
  const { workspaceRoot, skillRoot, skill, placement, checkout, preview, promoted } = options;
  const { manifest, appSpec } = await (options.files ?? readSkillFiles(options));
  const { spec, locate, file, text } = appSpec;
  const issues = writtenSpecIssues(spec);
  if (issues.length > 0) throw new AppSpecError(locate(issues));
  await options.requireApart(options, spec);
  const imageDirectory = imageDirectoryOf(join(workspaceRoot, skillRoot), manifest);
  const digest = promoted?.artefact ?? (await builtDigest(options, manifest, imageDirectory));
  const placed = placedSpec(spec, preview ? previewPlace({ spec, file }, skill, preview) : options);
  const written = await sitedSpec(placed, manifest, locate, options);
  const resolved = resolveSpec({
    spec: written,
    file,
    environment: withBranch(options.env, checkout),
    secretsPrefix: placement?.secretsPrefix,
    artefact: { repository: idOf(options), digest },
    source: options.source,
  });
  const described = withResourceAttributes(resolved.spec, attributesOf(options, manifest, digest));
  const { imaged, spec: imagedSpec } = await withImages(options, described, imageDirectory, digest);
  const sent = withOwnSchedule(imagedSpec, manifest, options);
  const deployed = deployedDigest(resolved.spec);
  const rollout = await options.rollouts?.of(manifest, sent, locate, options.images);
  return {
    request: {
      skill,
      spec: sent,
      healthPath: manifest.healthPath,
      digest: deployed ?? digest,
      reportsOwnDigest: deployed === undefined,
      after: [...options.after],
      wave: placement?.wave,
      ...(options.earlier && { earlier: options.earlier }),
      ...(options.together && { together: options.together }),
      timeoutMs: options.timeoutMs,
      updateSources: options.source === 'as-written',
      adopt: options.adopt,
      prune: options.prune,
      missing: resolved.leftOut,
      origin: originOf(options),
      ...(checkout && { commit: checkout.commit }),
      ...(rollout && { rollout: rollout.wish }),
    },
    written,
    ...(!preview && { schedule: manifest.scale, load: loadOf(manifest, placement) }),
    task: options,
    imageDirectory,
    imaged,
    ...(rollout && { router: rollout.router }),
    missing: resolved.missing.map((variable) => ({
      ...variable,
      skill,
      file,
      about: commentOn(text, variable.path),
    })),
  };
}

/** What an app must serve: what its placement says, or else what the skill does. */
function loadOf({ load }: SkillManifest, placement: Placement | undefined): SkillManifest['load'] {
  const { requestsPerSecond = load?.requestsPerSecond } = placement ?? {};
  return load && { ...load, requestsPerSecond };
}

/** What its telemetry says of it, by OpenTelemetry's conventions where they have a name. */
function attributesOf(
  { skill, placement, preview, source }: PrepareOptions,
  { version }: SkillManifest,
  digest: string,
): Record<string, string> {
  const environment = preview
    ? 'preview'
    : (placement?.environment ?? (source === 'artefact' ? 'local' : 'production'));
  return {
    'service.name': placement?.of ?? skill,
    'service.version': version,
    'oci.manifest.digest': digest,
    'deployment.environment.name': environment,
    'skill.placement': skill,
  };
}

/** The local platform applies the schedule of a skill by itself; App Platform has none, so there a pipeline does. */
function withOwnSchedule(
  spec: AppSpec,
  { scale }: SkillManifest,
  { source, preview }: PrepareOptions,
): AppSpec {
  return source === 'artefact' && !preview ? withSchedule(spec, scale) : spec;
}

/** The digest of the artefact that is built here, as its files are now. */
async function builtDigest(
  options: PrepareOptions,
  manifest: SkillManifest,
  imageDirectory: string,
): Promise<string> {
  const { workspaceRoot, skillRoot } = options;
  await options.rebuild({ workspaceRoot, skillRoot }, manifest);
  return readArtefactDigest(options, imageDirectory);
}

/** The spec with the images that it runs: those of the build, which are to be pushed, or those that are promoted. */
async function withImages(
  { images, promoted }: PrepareOptions,
  spec: AppSpec,
  imageDirectory: string,
  digest: string,
): Promise<{ spec: AppSpec; imaged?: ImagedSpec | undefined }> {
  if (images && promoted) return { spec: await promotedSpec(spec, promoted, images) };
  const imaged = await images?.name(imageDirectory, spec, digest);
  return { spec: imaged?.spec ?? spec, imaged };
}

function originOf({ origin, preview, placement }: PrepareOptions): Origin {
  if (preview) return { ...origin, preview: preview.pullRequest };
  return { ...origin, ...placedOrigin(placement) };
}

/**
 * App Platform should build the branch that is checked out: on a developer's machine, in a worktree, and in GitHub
 * Actions. For a pull request GitHub checks out the merge commit, and no branch.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
function withBranch(env: NodeJS.ProcessEnv, checkout: Checkout | undefined): NodeJS.ProcessEnv {
  const branch = checkout?.branch ?? (env['GITHUB_HEAD_REF'] || env['GITHUB_REF_NAME']);
  return branch === undefined ? env : { ...env, GITHUB_REF_NAME: branch };
}
