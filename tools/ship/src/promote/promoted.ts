import type { AppSpec } from '@odoobo/app-platform';
import type { ImageSource } from '@odoobo/app-platform/spec';
import { unsentCodes } from '../deploy/could-not-be-sent.js';
import { gitSources } from '../deploy/git-sources.js';
import { ownImages, withImageDigest } from '../registry/image-sources.js';
import type { SkillImages } from '../registry/skill-images.js';

/** What a promotion ships: live, healthy and verified in another environment. */
export interface Promoted {
  /** The app that runs it there. */
  app: string;
  /** The digest of its artefact. */
  artefact: string;
  /** The images that its components run, by the name of the component. */
  images: ReadonlyMap<string, ImageSource>;
  /** The commit that it was built from. */
  commit: string;
  /** The command that deploys the app that gets it from a checkout instead. */
  deploy: string;
}

/** Why nothing is promoted to an app. */
export class PromotionError extends Error {
  override readonly name = 'PromotionError';

  constructor(
    readonly code: (typeof unsentCodes)['nothingToPromote' | 'notVerified' | 'uncommitted'],
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Names the promoted image in the App Spec of the app that gets it.
 * @param spec resolved; its images have the digest of the artefact so far
 * @throws PromotionError if that app runs no image of ours; ImageError if its registry does not have the image
 */
export async function promotedSpec(
  spec: AppSpec,
  { app, artefact, commit, deploy, images: there }: Promoted,
  images: Pick<SkillImages, 'requireThere'>,
): Promise<AppSpec> {
  const [built] = gitSources(spec);
  if (built)
    throw new PromotionError(
      unsentCodes.nothingToPromote,
      `App Platform builds "${built.component}" of ${spec.name} from branch ${built.branch} of ${built.repository}, so the commit has to be promoted, not an image. ` +
        `Run: git checkout ${commit} && git push origin ${commit}:${built.branch} && ${deploy}`,
    );
  const own = ownImages(spec, artefact);
  const digests = new Set(own.flatMap(({ name }) => there.get(name)?.digest ?? []));
  const [digest] = digests;
  if (digest === undefined || digests.size > 1)
    throw new PromotionError(
      unsentCodes.nothingToPromote,
      own.length === 0
        ? `no component of ${spec.name} runs an image of the artefact, so there is nothing to promote to it. Deploy it: ${deploy}`
        : `${app} runs no image, or several, for ${own.map(({ name }) => name).join(', ')} of ${spec.name}. Deploy it: ${deploy}`,
    );
  await images.requireThere(spec, artefact, digest);
  return withImageDigest(spec, artefact, digest);
}
