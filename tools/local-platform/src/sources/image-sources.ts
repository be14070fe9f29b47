import { type ImageSource, isEncrypted } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import { rename, rm, stat } from 'node:fs/promises';
import type { Containers } from '../containers/containers.js';
import { DeploymentFailure } from '../deployments/failure.js';
import { type ImageStore, workingDirectoryOf } from '../images/image-store.js';
import type { SourceVersion } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import { readDocr } from './docr.js';
import type { ImageEnvironments } from './image-environments.js';
import { imageName } from './image-reference.js';
import type { RegistryImages } from './registry-images.js';
import type { Build, BuildRequest, Unpacked } from './source.js';
import { placeInside, relativePath } from './source-files.js';

const prefix = 'image:';

const unnamedDocr =
  "the registry of a DOCR image is your account's, which an App Spec does not name. " +
  `Name it: ${runner} local-platform registry <name>`;

const notRead =
  "warning: registry_credentials is encrypted with another key than this platform's: this machine's logins are used";

/** The image's digest, and the key of the environment that it runs in, where it needs one, or the folder that a static site serves of it. */
const keyForm = /^image:([^+/]*)(?:\+([^/]+))?(?:\/(.*))?$/;

export interface ImageSourcesOptions {
  images: ImageStore;
  /** The folder of the store; for messages. */
  folder: string;
  environments: ImageEnvironments;
  containers: Containers;
  registries: RegistryImages;
  /** The file that names the registry of DOCR images. */
  docr: string;
  /** Decrypts the credentials of registries. */
  secrets: Pick<SecretBox, 'decrypt'>;
}

/**
 * Images, which are not built here: artefacts of the local store, which finds them by digest and runs them as processes of this
 * machine, and all others in containers.
 */
export class ImageSources {
  constructor(private readonly options: ImageSourcesOptions) {}

  async gaps(image: ImageSource): Promise<string[]> {
    if (image.digest !== undefined) return [];
    const name = await this.#nameOf(image);
    const gap = name === undefined ? unnamedDocr : await this.options.containers.gap();
    return gap === undefined ? [] : [`image/tag: ${gap}`];
  }

  async missing(image: ImageSource): Promise<string[]> {
    const { repository, digest } = image;
    if (digest === undefined || (await this.options.images.has(digest))) return [];
    const isPulled = (await this.#nameOf(image)) !== undefined;
    const gap = isPulled ? await this.options.containers.gap() : '';
    return gap === undefined ? [] : [`image/digest: ${this.#isMissing(repository, digest)} ${gap}`.trim()];
  }

  async newest(image: ImageSource, signal: AbortSignal): Promise<SourceVersion> {
    const { digest, tag } = image;
    if (digest !== undefined) return { digest };
    const name = await this.#nameOf(image);
    if (name === undefined) throw new DeploymentFailure('BuildJobFailed', unnamedDocr);
    const { credentials } = this.#credentialsOf(image);
    return this.options.registries.newest({ name, credentials }, tag || 'latest', signal);
  }

  /** @throws DeploymentFailure when the image cannot be had, or what it needs cannot be installed. */
  async build(image: ImageSource, request: BuildRequest): Promise<Build> {
    const { images, environments, registries } = this.options;
    const { digest = '' } = request.version;
    if (!(await images.has(digest))) {
      const name = await this.#nameOf(image);
      const { credentials, isUnreadable } = this.#credentialsOf(image);
      if (isUnreadable) await request.log(notRead);
      if (name !== undefined) return registries.build({ name, credentials }, request);
      throw new DeploymentFailure('BuildJobFailed', this.#isMissing(image.repository, digest));
    }
    await request.log(`using image ${image.repository}@${digest}`);
    if (request.kind === 'static site') return this.#site(digest, request);
    if (await images.isContainer(digest)) return registries.load(this.options.folder, request);
    const environment = await environments.make(digest, request);
    return { key: `${prefix}${digest}${environment ? `+${environment}` : ''}`, reused: false };
  }

  /** Only files are served of it, so it needs neither a container nor an environment. */
  async #site(digest: string, { component }: BuildRequest): Promise<Build> {
    const output = ('output_dir' in component && component.output_dir) || '';
    if (await this.options.images.isContainer(digest))
      throw new DeploymentFailure(
        'BuildJobFailed',
        `"${component.name}" was not built: its image is of a Dockerfile. Name the repository in its place.`,
      );
    return { key: `${prefix}${digest}/${relativePath(output)}`, reused: false };
  }

  async #nameOf(image: ImageSource): Promise<string | undefined> {
    return imageName(image, await readDocr(this.options.docr));
  }

  #credentialsOf({ registry_credentials: given }: ImageSource): {
    credentials?: string | undefined;
    isUnreadable: boolean;
  } {
    const credentials = isEncrypted(given) ? this.options.secrets.decrypt(given ?? '') : given;
    return {
      credentials: credentials || undefined,
      isUnreadable: Boolean(given) && credentials === undefined,
    };
  }

  #isMissing(repository: string, digest: string): string {
    return (
      `Image ${repository}@${digest} is not in the local store ${this.options.folder}. ` +
      'Import its OCI layout there, then deploy again.'
    );
  }

  has(key: string): boolean {
    return key.startsWith(prefix);
  }

  /** @throws ImageError when the image is missing or damaged; Error when its environment is gone. */
  async unpack(key: string, folder: string): Promise<Unpacked> {
    const { images, environments } = this.options;
    const [, digest = '', environment, output] = keyForm.exec(key) ?? [];
    if (output !== undefined) return this.#unpackSite(digest, output, folder);
    const path = environment === undefined ? [] : [await environments.binOf(environment)];
    return { ...(await images.unpack(digest, folder)), path };
  }

  async #unpackSite(digest: string, output: string, folder: string): Promise<Unpacked> {
    const whole = `${folder}.image`;
    try {
      await rm(whole, { recursive: true, force: true });
      const image = await this.options.images.unpack(digest, whole);
      const served = await placeInside(workingDirectoryOf(image, whole), output);
      if (served === undefined || !(await stat(served)).isDirectory())
        throw new DeploymentFailure(
          'BuildJobFailed',
          `output_dir "${output}" is not a folder of image ${digest}. Name one that is, or build the image again.`,
        );
      await rename(served, folder);
      return { ...image, path: [] };
    } finally {
      await rm(whole, { recursive: true, force: true });
    }
  }

  /** The keys of the environments that builds run in. */
  environmentsOf(builds: ReadonlySet<string>): string[] {
    return [...builds].flatMap((key) => keyForm.exec(key)?.[2] ?? []);
  }
}
