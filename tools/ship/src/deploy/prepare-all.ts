import { type DeployResult, ownCauseCodes } from '@odoobo/app-platform';
import { AppSpecError } from '@odoobo/app-platform/spec';
import { join } from 'node:path';
import { FileDigests } from '../artefact/file-digests.js';
import { NoBuildError } from '../artefact/find-artefact.js';
import { rebuildIfChanged } from '../artefact/rebuild-changed.js';
import type { BuiltSkill } from '../artefact/unhashed.js';
import { AssetError } from '../manifest/assets.js';
import { NoAppSpecError } from '../manifest/load-app-spec.js';
import { ManifestError } from '../manifest/load-manifest.js';
import type { SkillManifest } from '../manifest/manifest.js';
import { isLocal } from '../placement/environment.js';
import { tenantsApart } from '../placement/tenants-apart.js';
import type { Preview } from '../preview/preview.js';
import { PromotionError } from '../promote/promoted.js';
import { ImageError } from '../registry/registry-error.js';
import type { SkillImages } from '../registry/skill-images.js';
import type { Rollouts } from '../rollout/rollouts.js';
import { oncePer } from '../runs/once-per.js';
import { describeError } from '../terminal/describe-error.js';
import { couldNotBeSent, skipped, unsentCodes } from './could-not-be-sent.js';
import type { DeployOptions } from './options.js';
import type { PlacedTasks } from './place-tasks.js';
import { type PreparedSkill, type PrepareOptions, prepareSkill } from './prepare.js';

export interface Preparation {
  prepared: PreparedSkill[];
  /** Skills that cannot be sent, with the reason. */
  failed: DeployResult[];
}

interface PrepareAllOptions extends PlacedTasks {
  options: DeployOptions;
  /** Undefined if artefacts themselves are shipped. */
  images?: SkillImages | undefined;
  env: NodeJS.ProcessEnv;
  /** Undefined if new versions are released to all at once, as previews are. */
  rollouts?: Rollouts | undefined;
  /** Undefined if the skills' own apps are deployed. */
  preview?: Preview | undefined;
}

/** Prepares all skills of a run; a problem of one skill stops that skill and those that depend on it. */
export async function prepareAll(run: PrepareAllOptions): Promise<Preparation> {
  const common = {
    rebuild: rebuilder(run.placed[0]?.workspaceRoot ?? ''),
    requireApart: tenantsApart(),
    env: run.env,
    images: run.images,
    preview: run.preview,
    rollouts: run.rollouts,
    source: isLocal(run.options.environment) ? ('artefact' as const) : ('as-written' as const),
    timeoutMs: run.options.timeout * 1000,
    adopt: run.options.adopt,
    prune: run.options.prune,
  };
  const outcomes = await Promise.all(
    run.placed.map((task) =>
      prepareSkill({ ...common, ...task }).catch((error: unknown) => notPrepared(task.skill, error)),
    ),
  );
  return preparationOf(outcomes, run.failed);
}

/** Rebuilds what has changed, each skill once: its placements have one artefact. */
function rebuilder(workspaceRoot: string): PrepareOptions['rebuild'] {
  // All tasks of a run are of one workspace, and share most of their packages.
  const digestOf = new FileDigests(workspaceRoot).of;
  return oncePer(
    (skill: BuiltSkill, _manifest: SkillManifest) => join(skill.workspaceRoot, skill.skillRoot),
    (skill: BuiltSkill, manifest: SkillManifest) => rebuildIfChanged(skill, manifest, digestOf),
  );
}

/** The reason why a skill cannot be sent, as its result. */
export function notPrepared(skill: string, error: unknown): DeployResult {
  return couldNotBeSent(skill, codeOf(error), describeError(error));
}

const skillErrors = [ManifestError, AppSpecError, NoAppSpecError, AssetError];

/** `InvalidSkill` is for errors in the skill's own files; other errors have codes of their own. */
function codeOf(error: unknown): string {
  if (skillErrors.some((one) => error instanceof one)) return unsentCodes.invalid;
  if (error instanceof ImageError || error instanceof PromotionError) return error.code;
  return error instanceof NoBuildError ? unsentCodes.noBuild : ownCauseCodes.unexpected;
}

/** Publishes every artefact; a skill whose artefact cannot be published is not sent. */
export async function publishAll(
  { prepared, failed }: Preparation,
  publish: (skill: PreparedSkill) => Promise<Pick<PreparedSkill, 'imagePushed'> | void>,
): Promise<Preparation> {
  const outcomes = await Promise.all(
    prepared.map((skill) =>
      publish(skill).then(
        (published) => ({ ...skill, ...published }),
        (error: unknown) => notPublished(skill.request.skill, error),
      ),
    ),
  );
  return preparationOf(outcomes, failed);
}

function notPublished(skill: string, error: unknown): DeployResult {
  const code = error instanceof ImageError ? error.code : unsentCodes.notPublished;
  return couldNotBeSent(skill, code, describeError(error));
}

/** What can still be sent after a step: without the skills that failed, and those that depend on one of them. */
export function preparationOf(
  outcomes: readonly (PreparedSkill | DeployResult)[],
  failed: readonly DeployResult[],
): Preparation {
  return withoutOrphans({
    prepared: outcomes.filter((outcome) => 'request' in outcome),
    failed: [...failed, ...outcomes.filter((outcome) => 'outcome' in outcome)],
  });
}

/**
 * Leaves out skills that depend on a skill which cannot be sent, those whose earlier wave has one, and, where that is all or
 * nothing, those whose own wave has one.
 */
export function withoutOrphans({ prepared, failed }: Preparation): Preparation {
  const names = new Set(failed.map(({ skill }) => skill));
  const isFailed = (skill: string) => names.has(skill);
  const orphans = prepared.filter(({ request: { after = [], earlier, together } }) =>
    [...after, ...(earlier?.skills ?? []), ...(together?.skills ?? [])].some(isFailed),
  );
  if (orphans.length === 0) return { prepared, failed };
  const left = orphans.map(({ request: { skill, after = [], earlier, together } }) => {
    const needed = after.filter(isFailed).join(', ');
    if (needed !== '')
      return skipped(skill, ownCauseCodes.dependency, `it needs ${needed}, which is not live`);
    const [wave, code] = earlier?.skills.some(isFailed)
      ? [earlier, ownCauseCodes.earlierWave]
      : [together, ownCauseCodes.wave];
    const missing = wave?.skills.filter(isFailed).join(', ');
    const message = `wave ${wave?.wave} has not passed: ${missing} could not be sent. This app was not changed`;
    return skipped(skill, code, message);
  });
  return withoutOrphans({
    prepared: prepared.filter((skill) => !orphans.includes(skill)),
    failed: [...failed, ...left],
  });
}
