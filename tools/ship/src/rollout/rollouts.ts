import { rolloutServices, type RolloutWish } from '@odoobo/app-platform';
import { type AppSpec, AppSpecError, type AppSpecFile, type ImageSource } from '@odoobo/app-platform/spec';
import type { PreparedSkill } from '../deploy/prepare.js';
import type { SkillManifest } from '../manifest/manifest.js';
import type { Rollout } from '../manifest/rollout.js';
import { rolloutIssues } from '../manifest/rollout-issues.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';
import type { ImagedSpec, SkillImages } from '../registry/skill-images.js';
import { keyTrouble, readSecrets, type RolloutSecrets } from './rollout-key.js';
import type { RouterImage } from './router-image.js';

/** How a skill is rolled out, and the image of the router to send before. */
export interface PreparedRollout {
  wish: RolloutWish;
  router: NonNullable<PreparedSkill['router']>;
}

/** What the rollouts of a run share: the image of the router, and the secrets. */
export class Rollouts {
  #shared: Promise<{ image: RouterImage; secrets: RolloutSecrets }> | undefined;

  constructor(
    private readonly environment: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly folders: Pick<WorkspaceFolders, 'routerImage' | 'rolloutKey'>,
    /** Of skills whose manifests have none. */
    private readonly forAll: Rollout | undefined,
  ) {}

  /**
   * The rollout of a skill; undefined if its manifest wants none, or says nothing and its service cannot be rolled out.
   * @param spec as it is sent
   * @param locate finds in the file what is wrong with it
   * @throws AppSpecError if its manifest wants one, and its service cannot be rolled out: all users would get the new version at once
   */
  async of(
    manifest: SkillManifest,
    spec: AppSpec,
    locate: AppSpecFile['locate'],
    images: SkillImages | undefined,
  ): Promise<PreparedRollout | undefined> {
    const issues = rolloutIssues(spec, manifest);
    if (manifest.rollout && issues.length > 0) throw new AppSpecError(locate(issues));
    const rollout = manifest.rollout ?? (issues.length === 0 ? this.forAll : undefined);
    if (!rollout) return undefined;
    this.#shared ??= this.#open();
    const { image, secrets } = await this.#shared;
    const digest = await image.digest();
    const wish = rolloutWish(rollout, spec, digest, secrets);
    if (!wish) return undefined;
    const imageDirectory = image.directory;
    const imaged = await imagedRouter(wish, digest, imageDirectory, images);
    const router = imaged?.image ? { ...wish.router, digest: imaged.image.digest } : wish.router;
    return { wish: { ...wish, router }, router: { imageDirectory, imaged } };
  }

  async #open(): Promise<{ image: RouterImage; secrets: RolloutSecrets }> {
    const { environment, env, folders } = this;
    // Loaded here, because hardly any deploy makes an image.
    const { RouterImage } = await import('./router-image.js');
    const secrets = await readSecrets(environment, env, folders.rolloutKey);
    return { image: new RouterImage(folders.routerImage), secrets };
  }
}

/** In a registry the router is on the same base image as the service. */
async function imagedRouter(
  { router }: RolloutWish,
  digest: string,
  directory: string,
  images: SkillImages | undefined,
): Promise<ImagedSpec | undefined> {
  return images?.name(directory, { name: 'router', services: [{ name: 'router', image: router }] }, digest);
}

/** @throws where skills are rolled out in production without the key of the team */
export function refuseWithoutKey(prepared: readonly PreparedSkill[], env: NodeJS.ProcessEnv): void {
  const trouble = keyTrouble(env);
  const skills = prepared.filter(({ request }) => request.rollout).map(({ request }) => request.skill);
  if (trouble !== undefined && skills.length > 0)
    throw new Error(`Nothing was sent:\n  ${skills.join(', ')}: ${trouble}`);
}

/** Undefined if its spec has no service whose requests can be split. */
function rolloutWish(
  { steps, verdict = {}, ...plan }: Rollout,
  spec: AppSpec,
  routerDigest: string,
  { secretOf, canaryHeader }: RolloutSecrets,
): RolloutWish | undefined {
  const [service, ...others] = rolloutServices(spec);
  if (!service?.image || others.length > 0) return undefined;
  const { smokeTest = false, p95, ...rest } = verdict;
  return {
    service: service.name,
    plan: {
      ...plan,
      steps,
      verdict: { ...rest, ...(p95 && { p95: { worseBy: Number.parseFloat(p95.worseBy) / 100 } }) },
    },
    router: routerSource(service.image, routerDigest),
    secretOf,
    ...(smokeTest && { canaryHeader }),
  };
}

/** The image of the router, beside that of the service. */
function routerSource(image: ImageSource, digest: string): ImageSource {
  const { tag: _tag, deploy_on_push: _push, ...rest } = image;
  return { ...rest, digest };
}
