import type { AppSpec } from '@odoobo/app-platform';
import { isLoopback } from '@odoobo/machine/network';
import pLimit from 'p-limit';
import { type AppImage, composeImage, wholeImage } from './app-image.js';
import type { Attestation } from './attestations.js';
import { type BaseImage, readBaseImage } from './base-image.js';
import { howToName, type ImageTarget, imageTargets, runsImage, withImageDigest } from './image-sources.js';
import { type Known, Logins } from './logins.js';
import { BaseLayers, type Pushed, pushImage } from './push-image.js';
import { type ImageReference, parseReference, registryUrl, showRepository } from './reference.js';
import { registryAgent, RegistryClient } from './registry-client.js';
import { ImageError, imageTroubles } from './registry-error.js';
import { RemoteRepository } from './remote-repository.js';

/** The number of images pushed at once. */
const atOnce = 8;

export interface SkillImagesOptions {
  /** Such as `node:20-slim@sha256:...`. */
  baseImage?: string | undefined;
  /** The DOCR registry: `registry.digitalocean.com/acme`. */
  registry?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** Folder for the cached manifests and configs of base images. */
  cache: string;
  signal?: AbortSignal | undefined;
}

/** An App Spec as sent, with the image that it names. */
export interface ImagedSpec {
  spec: AppSpec;
  image: AppImage;
  targets: ImageTarget[];
}

/** The images of the skills of a run: each is the artefact on the base image, in the registry that the App Spec names. */
export class SkillImages {
  readonly #agent = registryAgent();
  readonly #limit = pLimit(atOnce);
  #logins: Promise<Logins> | undefined;
  #base: Promise<BaseImage> | undefined;
  #layers: Promise<BaseLayers> | undefined;

  constructor(readonly options: SkillImagesOptions) {}

  /**
   * Names the image in an App Spec, without pushing anything. Undefined if no component runs an image of the skill.
   * @param imageDirectory the OCI image layout of the skill's build
   * @param digest of its artefact, which the App Spec names so far
   * @throws ImageError where the options say too little, or the base image cannot be read
   */
  async name(imageDirectory: string, spec: AppSpec, digest: string): Promise<ImagedSpec | undefined> {
    if (!runsImage(spec, digest)) return undefined;
    const targets = imageTargets(spec, digest, this.options.registry);
    const whole = await wholeImage(imageDirectory, digest);
    if (whole) return { spec, image: whole, targets };
    this.#base ??= this.#readBase();
    const image = await composeImage(imageDirectory, digest, await this.#base);
    return { spec: withImageDigest(spec, digest, image.digest), image, targets };
  }

  /** @throws if this machine has no login for the registry of an image; calls no registry */
  async requireLogins({ targets }: ImagedSpec): Promise<void> {
    for (const target of targets) {
      const { login, advice } = await this.#knownOf(target);
      if (login || isLoopback(registryUrl(target.repository.registry))) continue;
      throw new Error(`there is no login to push to ${showRepository(target.repository)}. ${advice}`);
    }
  }

  /**
   * Pushes an image to the repositories that the App Spec names; existing parts are not sent.
   * @param attestationsOf what is stored beside it in a repository
   * @throws RegistryError
   */
  async push(
    { image, targets }: ImagedSpec,
    attestationsOf: (repository: string) => readonly Attestation[] = () => [],
  ): Promise<Pushed> {
    if (image.base) this.#layers ??= this.#openBase().then((base) => new BaseLayers(base));
    const layers = await this.#layers;
    let all: Pushed = { isNew: false };
    for (const target of targets) {
      const { repository } = target;
      const known = await this.#knownOf(target);
      const client = new RegistryClient(repository, known, this.#agent, 'pull,push');
      const remote = new RemoteRepository(client, this.options.signal);
      const pushed = await this.#limit(
        pushImage,
        image,
        remote,
        layers,
        attestationsOf(showRepository(repository)),
      );
      all = { ...all, ...pushed, isNew: all.isNew || pushed.isNew };
    }
    return all;
  }

  /**
   * @param digest of an image that the components of the artefact are to run
   * @throws ImageError where a repository that the App Spec names does not have it, or does not show it to App Platform's login
   */
  async requireThere(spec: AppSpec, artefactDigest: string, digest: string): Promise<void> {
    for (const target of imageTargets(spec, artefactDigest, this.options.registry)) {
      const known = await this.#knownOf(target);
      const asPlatform = { ...known, login: target.login ?? known.login };
      const client = new RegistryClient(target.repository, asPlatform, this.#agent, 'pull');
      if (await new RemoteRepository(client, this.options.signal).hasManifest(digest)) continue;
      throw new ImageError(
        imageTroubles.refused,
        `${showRepository(target.repository)}, where App Platform looks for the image of "${target.component}", does not have ${digest}. ` +
          'Name the repository that has it in the App Spec, or copy the image there',
      );
    }
  }

  /** Closes all connections. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #readBase(): Promise<BaseImage> {
    return readBaseImage(this.#reference, await this.#openBase(), this.options.cache);
  }

  async #openBase(): Promise<RemoteRepository> {
    const reference = this.#reference;
    const known = await (await this.#readLogins()).find(reference.registry);
    const client = new RegistryClient(reference, known, this.#agent, 'pull');
    return new RemoteRepository(client, this.options.signal);
  }

  get #reference(): ImageReference {
    const { baseImage } = this.options;
    if (baseImage === undefined) {
      throw new ImageError(
        imageTroubles.baseImage,
        `an image needs a base image with Node. ${howToName('baseImage', 'node:20-slim')} (pinned by its digest, which the next error shows)`,
      );
    }
    return parseReference(baseImage);
  }

  async #knownOf({ repository, login }: ImageTarget): Promise<Known> {
    const known = await (await this.#readLogins()).find(repository.registry);
    return { ...known, login: known.login ?? login };
  }

  #readLogins(): Promise<Logins> {
    this.#logins ??= Logins.read(this.options.env);
    return this.#logins;
  }
}
