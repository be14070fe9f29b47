import type { ImageSource } from '@odoobo/app-platform/spec';
import { rename, rm, stat } from 'node:fs/promises';
import type { Containers } from '../containers/containers.js';
import { DeploymentFailure } from '../deployments/failure.js';
import { type ImageStore, workingDirectoryOf } from '../images/image-store.js';
import type { SourceVersion } from '../state/app-record.js';
import type { ImageEnvironments } from './image-environments.js';
import { imageName } from './image-reference.js';
import type { RegistryImages } from './registry-images.js';
import type { Build, BuildRequest, Unpacked } from './source.js';
import { placeInside, relativePath } from './source-files.js';

const prefix = 'image:';

const inDocr =
  "the registry of a DOCR image is the account's, which an App Spec does not name: only its images by digest run here, from the local store";

/** The image's digest, and the key of the environment that it runs in, where it needs one, or the folder that a static site serves of it. */
const keyForm = /^image:([^+/]*)(?:\+([^/]+))?(?:\/(.*))?$/;

export interface ImageSourcesOptions {
  images: ImageStore;
  /** The folder of the store; for messages. */
  folder: string;
  environments: ImageEnvironments;
  containers: Containers;
  registries: RegistryImages;
}

/**
 * Images, which are not built here: artefacts of the local store, which finds them by digest and runs them as processes of this
 * machine, and all others in containers.
 */
export class ImageSources {
  constructor(private readonly options: ImageSourcesOptions) {}

  async gaps(image: ImageSource): Promise<string[]> {
    const { digest } = image;
    const name = imageName(image);
    if (digest !== undefined) return [];
    const gap = name === undefined ? inDocr : await this.options.containers.gap();
    return gap === undefined ? [] : [`image/tag: ${gap}`];
  }

  async missing(image: ImageSource): Promise<string[]> {
    const { repository, digest } = image;
    if (digest === undefined || (await this.options.images.has(digest))) return [];
    const isPulled = imageName(image) !== undefined;
    const gap = isPulled ? await this.options.containers.gap() : '';
    return gap === undefined ? [] : [`image/digest: ${this.#isMissing(repository, digest)} ${gap}`.trim()];
  }

  async newest(image: ImageSource, signal: AbortSignal): Promise<SourceVersion> {
    const { digest, tag } = image;
    const name = imageName(image);
    if (digest !== undefined || name === undefined) return digest === undefined ? {} : { digest };
    return this.options.registries.newest(`${name}:${tag || 'latest'}`, signal);
  }

  /** @throws DeploymentFailure when the image cannot be had, or what it needs cannot be installed. */
  async build(image: ImageSource, request: BuildRequest): Promise<Build> {
    const { images, environments, registries } = this.options;
    const { digest = '' } = request.version;
    if (!(await images.has(digest))) {
      const name = imageName(image);
      if (name !== undefined) return registries.build(name, request);
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
